// SPDX-License-Identifier: Apache-2.0
#include "system/tcp_sockets.hpp"

#include <cerrno>

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "system/error_number.hpp"
#include "system/posix/closed_on_exec.hpp"
#include "system/sockets.hpp"
#include "system/thread_cancellation.hpp"

namespace iostls {
namespace detail {
namespace {

const sockaddr* native(const socket_address& a) noexcept {
  return static_cast<const sockaddr*>(a.data());
}

void set_option(int fd, int level, int name, int value) noexcept {
  setsockopt(fd, level, name, &value, sizeof value);
}

int prepared(int fd) noexcept {
  if (fd >= 0) prepare_socket(fd);
  return fd;
}

int protocol_family_of(const socket_address& a) noexcept {
  return a.size() == 0 ? AF_UNSPEC : native(a)->sa_family;
}

}  // namespace

int open_socket(const endpoint& place) noexcept {
  return prepared(
      socket_closed_on_exec(protocol_family_of(place.address), place.type, place.protocol));
}

int accept_socket(int listener) noexcept {
  const no_cancellation uncanceled;
  return prepared(accept_closed_on_exec(listener));
}

bool keep_from_programs(int fd) noexcept { return fcntl(fd, F_SETFD, FD_CLOEXEC) == 0; }

// After an interruption, the attempt continues in the background.
std::error_code begin_connecting(int fd, const socket_address& to) {
  if (::connect(fd, native(to), static_cast<socklen_t>(to.size())) == 0) return {};
  return system_code(errno == EINTR ? EINPROGRESS : errno);
}

std::error_code outcome_of(int fd) noexcept {
  int error = 0;
  socklen_t size = sizeof error;
  if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0) error = errno;
  return error == 0 ? std::error_code() : system_code(error);
}

std::error_code listen_at(int fd, const socket_address& at, bool both_protocols,
                          int backlog) noexcept {
  set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1);
  if (at.is_ipv6()) set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, both_protocols ? 0 : 1);
  if (::bind(fd, native(at), static_cast<socklen_t>(at.size())) != 0 ||
      ::listen(fd, backlog != 0 ? backlog : SOMAXCONN) != 0) {
    return system_code(errno);
  }
  return {};
}

bool is_listening(int fd) noexcept {
  int listens = 0;
  socklen_t size = sizeof listens;
  if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) != 0) return false;
  if (listens == 0) errno = EINVAL;
  return listens != 0;
}

// See accept(2).
accept_failure accept_failure_of(int number) noexcept {
  switch (number) {
    case ECONNABORTED:
    case EINTR:
    case EAGAIN:
    case EPROTO:
    case ENOPROTOOPT:
    case EOPNOTSUPP:
    case ENETDOWN:
    case ENETUNREACH:
    case EHOSTDOWN:
    case EHOSTUNREACH:
#ifdef ENONET
    case ENONET:
#endif
    case ETIMEDOUT:
    case ECONNRESET:
      return accept_failure::of_connection;
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM:
    case EPERM:  // a firewall that refuses
      return accept_failure::of_the_moment;
    default:
      return accept_failure::of_the_listener;
  }
}

void send_at_once(int fd) noexcept { set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1); }

}  // namespace detail
}  // namespace iostls
