// SPDX-License-Identifier: Apache-2.0
// A look at what a socket has received.
#pragma once

#include <cstddef>

namespace iostls {
namespace detail {

// How many bytes are here, at most `size`, which stay where they are; 0 at the end of the input; -1, and errno
// has the reason, such as EAGAIN where there are none yet. Never waits.
std::ptrdiff_t peek_now(int fd, void* data, std::size_t size) noexcept;

}  // namespace detail
}  // namespace iostls
