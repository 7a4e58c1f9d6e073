// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "system/thread_token.hpp"

namespace iostls {
namespace detail {

// Out of line, since `thread_local` is a call here, too, and windows.h has no place in a header.
thread_token current_thread_number() noexcept;

inline thread_token this_thread_token() noexcept { return current_thread_number(); }

}  // namespace detail
}  // namespace iostls
