// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pthread.h>

#include "system/thread_token.hpp"

namespace iostls {
namespace detail {

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
