// SPDX-License-Identifier: Apache-2.0
// Identifies the current thread, in as few instructions as possible: each output needs it.
#pragma once

#include <cstdint>

namespace iostls {
namespace detail {

// Differs between all threads that exist; 0 belongs to none.
using thread_token = std::uintptr_t;

inline thread_token this_thread_token() noexcept;

}  // namespace detail
}  // namespace iostls

#ifdef _WIN32
#include "system/windows/thread_token.hpp"
#else
#include "system/posix/thread_token.hpp"
#endif
