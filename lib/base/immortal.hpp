// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <new>
#include <type_traits>

namespace iostls {
namespace detail {

// The only object of its type. It needs no memory and is never destroyed, since error codes may be
// compared while statics are being destroyed.
template <class T>
const T& immortal() noexcept {
  static_assert(std::is_nothrow_default_constructible<T>::value, "nothing may fail here");
  alignas(T) static unsigned char memory[sizeof(T)];
  static const T* const instance = new (memory) T;
  return *instance;
}

}  // namespace detail
}  // namespace iostls
