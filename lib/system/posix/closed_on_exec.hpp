// SPDX-License-Identifier: Apache-2.0
// Sockets that programs do not inherit, by whichever thread they are started meanwhile.
#pragma once

#include <fcntl.h>
#include <sys/socket.h>

// The build defines IOSTLS_HAS_CLOEXEC where SOCK_CLOEXEC and accept4 exist. Where they do not, a program
// that is started right then inherits the socket.

namespace iostls {
namespace detail {

#ifdef IOSTLS_HAS_CLOEXEC

inline int socket_closed_on_exec(int family, int type, int protocol) noexcept {
  return ::socket(family, type | SOCK_CLOEXEC, protocol);
}

inline int accept_closed_on_exec(int listener) noexcept {
  return ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
}

#else

inline int closed_on_exec(int fd) noexcept {
  if (fd >= 0) fcntl(fd, F_SETFD, FD_CLOEXEC);
  return fd;
}

inline int socket_closed_on_exec(int family, int type, int protocol) noexcept {
  return closed_on_exec(::socket(family, type, protocol));
}

inline int accept_closed_on_exec(int listener) noexcept {
  return closed_on_exec(::accept(listener, nullptr, nullptr));
}

#endif

}  // namespace detail
}  // namespace iostls
