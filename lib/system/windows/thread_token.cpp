// SPDX-License-Identifier: Apache-2.0
#include "system/windows/thread_token.hpp"

#include "system/windows/winsock.hpp"

namespace iostls {
namespace detail {

// Never 0.
thread_token current_thread_number() noexcept { return ::GetCurrentThreadId(); }

}  // namespace detail
}  // namespace iostls
