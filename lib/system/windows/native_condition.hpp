// SPDX-License-Identifier: Apache-2.0
// What change_signal is made of.
#pragma once

#include <condition_variable>

namespace iostls {
namespace detail {

using native_condition = std::condition_variable;

}  // namespace detail
}  // namespace iostls
