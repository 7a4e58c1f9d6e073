// SPDX-License-Identifier: Apache-2.0
// Looks at what a socket has received, without consuming it.
#pragma once

#include <cstddef>

namespace iostls {
namespace detail {

// Copies at most `size` bytes that have arrived, and leaves them in the socket. Returns how many; 0
// at the end of the input; -1 with errno set, for example EAGAIN if none have arrived. Never waits.
std::ptrdiff_t peek_now(int fd, void* data, std::size_t size) noexcept;

}  // namespace detail
}  // namespace iostls
