// SPDX-License-Identifier: Apache-2.0
#include "system/peek.hpp"

#include <cerrno>

#include <sys/socket.h>

#include "system/sockets.hpp"
#include "system/thread_cancellation.hpp"

namespace iostls {
namespace detail {

std::ptrdiff_t peek_now(int fd, void* data, std::size_t size) noexcept {
  const no_cancellation uncanceled;
#ifdef IOSTLS_HAS_MSG_DONTWAIT
  constexpr int flags = MSG_PEEK | MSG_DONTWAIT;
#else
  constexpr int flags = MSG_PEEK;
  if (!names_socket(fd)) return -1;
  if (!is_readable(fd)) {
    errno = EAGAIN;
    return -1;
  }
#endif
  std::ptrdiff_t n = 0;
  do {
    n = ::recv(fd, data, size, flags);
  } while (n < 0 && errno == EINTR);
  return n;
}

}  // namespace detail
}  // namespace iostls
