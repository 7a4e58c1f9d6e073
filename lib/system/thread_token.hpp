// SPDX-License-Identifier: Apache-2.0
// Which thread this is, in as few instructions as possible: each output asks.
#pragma once

#include <cstdint>

#include <pthread.h>

namespace iostls {
namespace detail {

// Differs from that of each other thread that lives; 0 is nobody's.
using thread_token = std::uintptr_t;

inline thread_token this_thread_token() noexcept {
#if defined(__GNUC__) && !defined(__clang__) && __GNUC__ >= 11 && defined(__x86_64__)
  return reinterpret_cast<thread_token>(__builtin_thread_pointer());
#else
  return (
      thread_token)pthread_self();  // NOLINT(google-readability-casting): an integer or a pointer
#endif
}

}  // namespace detail
}  // namespace iostls
