// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <new>
#include <type_traits>

namespace iostls {
namespace detail {

template <class T>
const T& immortal() noexcept;

// Makes the object when the library is loaded. At its first use, another thread might be making it while the
// process is forked, and the child would wait for that thread for ever.
template <class T>
struct made_at_load {
  static const T& object;
};
template <class T>
const T& made_at_load<T>::object = immortal<T>();

// The only object of its type. It needs no memory and is never destroyed, since error codes may be
// compared while statics are being destroyed, or used by the constructors of other statics.
template <class T>
const T& immortal() noexcept {
  static_assert(std::is_nothrow_default_constructible<T>::value, "nothing may fail here");
  static_cast<void>(&made_at_load<T>::object);
  alignas(T) static unsigned char memory[sizeof(T)];
  static const T* const instance = new (memory) T;
  return *instance;
}

}  // namespace detail
}  // namespace iostls
