// SPDX-License-Identifier: Apache-2.0
// The condition variable in a change_signal.
#pragma once

#if defined(__APPLE__)
#include "system/standard_condition.hpp"
#else
#include <pthread.h>

namespace iostls {
namespace detail {

using native_condition = pthread_cond_t;

}  // namespace detail
}  // namespace iostls
#endif
