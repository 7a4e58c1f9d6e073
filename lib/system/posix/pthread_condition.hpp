// SPDX-License-Identifier: Apache-2.0
// The condition variable in a change_signal, where a thread that waits may be canceled. See
// standard_condition.hpp for other systems.
#pragma once

#include <pthread.h>

namespace iostls {
namespace detail {

using native_condition = pthread_cond_t;

}  // namespace detail
}  // namespace iostls
