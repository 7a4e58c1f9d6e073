// SPDX-License-Identifier: Apache-2.0
// The condition variable in a change_signal.
#pragma once

#include <condition_variable>

namespace iostls {
namespace detail {

using native_condition = std::condition_variable;

}  // namespace detail
}  // namespace iostls
