// SPDX-License-Identifier: Apache-2.0
// Which thread this is, in as few instructions as possible: each output asks.
#pragma once

#include <cstdint>

namespace iostls {
namespace detail {

// Differs from that of each other thread that lives; 0 is nobody's.
using thread_token = std::uintptr_t;

inline thread_token this_thread_token() noexcept;

}  // namespace detail
}  // namespace iostls

#ifdef _WIN32
#include "system/windows/thread_token.hpp"
#else
#include "system/posix/thread_token.hpp"
#endif
