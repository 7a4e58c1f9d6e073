// SPDX-License-Identifier: Apache-2.0
// The condition variable in a change_signal, on systems where that of the standard library will do: they
// cancel no thread in a wait, or have no wait by a clock that is never set.
#pragma once

#include <condition_variable>

namespace iostls {
namespace detail {

using native_condition = std::condition_variable;

}  // namespace detail
}  // namespace iostls
