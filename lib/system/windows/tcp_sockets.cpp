// SPDX-License-Identifier: Apache-2.0
#include "system/tcp_sockets.hpp"

#include <cerrno>

#include "system/error_number.hpp"
#include "system/sockets.hpp"
#include "system/windows/winsock.hpp"

namespace iostls {
namespace detail {
namespace {

const sockaddr* native(const socket_address& a) noexcept {
  return static_cast<const sockaddr*>(a.data());
}

std::error_code failure() noexcept { return system_code(errno_of_winsock(::WSAGetLastError())); }

void set_option(int fd, int level, int name, int value) noexcept {
  ::setsockopt(socket_of(fd), level, name, reinterpret_cast<const char*>(&value), sizeof value);
}

bool get_option(int fd, int name, int& value) noexcept {
  int size = sizeof value;
  auto* const bytes = reinterpret_cast<char*>(&value);
  return ::getsockopt(socket_of(fd), SOL_SOCKET, name, bytes, &size) == 0;
}

}  // namespace

int open_socket(const endpoint& place) noexcept {
  start_sockets();
  const int family = place.address.size() == 0 ? AF_UNSPEC : native(place.address)->sa_family;
  return descriptor_of(::WSASocketW(family, place.type, place.protocol, nullptr, 0,
                                    WSA_FLAG_OVERLAPPED | WSA_FLAG_NO_HANDLE_INHERIT));
}

int accept_socket(int listener) noexcept {
  const int fd = descriptor_of(::accept(socket_of(listener), nullptr, nullptr));
  if (fd >= 0) keep_from_programs(fd);
  return fd;
}

bool keep_from_programs(int fd) noexcept {
  auto* const handle = reinterpret_cast<HANDLE>(socket_of(fd));
  return ::SetHandleInformation(handle, HANDLE_FLAG_INHERIT, 0) != 0;
}

std::error_code begin_connecting(int fd, const socket_address& to) {
  if (::connect(socket_of(fd), native(to), static_cast<int>(to.size())) == 0) return {};
  // What others call "in progress".
  return ::WSAGetLastError() == WSAEWOULDBLOCK ? system_code(EINPROGRESS) : failure();
}

std::error_code outcome_of(int fd) noexcept {
  int error = 0;
  if (!get_option(fd, SO_ERROR, error)) return failure();
  return error == 0 ? std::error_code() : system_code(errno_of_winsock(error));
}

// With SO_REUSEADDR, others could take the port over. One whose connections wait for their end is free
// without it.
std::error_code listen_at(int fd, const socket_address& at, bool both_protocols,
                          int backlog) noexcept {
  set_option(fd, SOL_SOCKET, SO_EXCLUSIVEADDRUSE, 1);
  if (at.is_ipv6()) set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, both_protocols ? 0 : 1);
  const bool listens = ::bind(socket_of(fd), native(at), static_cast<int>(at.size())) == 0 &&
                       ::listen(socket_of(fd), backlog != 0 ? backlog : SOMAXCONN) == 0;
  return listens ? std::error_code() : failure();
}

bool is_listening(int fd) noexcept {
  start_sockets();
  int listens = 0;
  if (!get_option(fd, SO_ACCEPTCONN, listens)) {
    set_errno_of_winsock();
    return false;
  }
  if (listens == 0) errno = EINVAL;
  return listens != 0;
}

accept_failure accept_failure_of(int number) noexcept {
  switch (number) {
    case ECONNRESET:
    case ECONNABORTED:
    case EINTR:
    case EAGAIN:
    case ENETDOWN:
      return accept_failure::of_connection;
    case EMFILE:
    case ENOBUFS:
      return accept_failure::of_the_moment;
    default:
      return accept_failure::of_the_listener;
  }
}

void send_at_once(int fd) noexcept { set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1); }

}  // namespace detail
}  // namespace iostls
