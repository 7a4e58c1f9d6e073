// SPDX-License-Identifier: Apache-2.0
// The condition variable in a change_signal.
#pragma once

#if defined(__APPLE__)
#include <condition_variable>
#else
#include <pthread.h>
#endif

namespace iostls {
namespace detail {

#if defined(__APPLE__)
using native_condition = std::condition_variable;
#else
using native_condition = pthread_cond_t;
#endif

}  // namespace detail
}  // namespace iostls
