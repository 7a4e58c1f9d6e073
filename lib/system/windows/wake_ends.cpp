// SPDX-License-Identifier: Apache-2.0
// What WSAPoll waits for is a socket, so that this is one: a datagram socket of the loopback interface
// that is connected to itself, and takes datagrams from nobody else.
#include "system/wake_ends.hpp"

#include "system/sockets.hpp"
#include "system/windows/winsock.hpp"

namespace iostls {
namespace detail {
namespace {

bool connect_to_itself(SOCKET s) noexcept {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  int size = sizeof address;
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  return ::bind(s, generic, size) == 0 && ::getsockname(s, generic, &size) == 0 &&
         ::connect(s, generic, size) == 0;
}

}  // namespace

bool wake_ends::open() noexcept {
  start_sockets();
  const int fd = descriptor_of(::WSASocketW(AF_INET, SOCK_DGRAM, 0, nullptr, 0,
                                            WSA_FLAG_OVERLAPPED | WSA_FLAG_NO_HANDLE_INHERIT));
  if (fd < 0) return false;
  ends_[0] = fd;
  if (connect_to_itself(socket_of(fd))) return set_blocking(fd, false);
  set_errno_of_winsock();
  close();
  return false;
}

void wake_ends::wake() const noexcept {
  const char c = 0;
  // Full means woken already.
  static_cast<void>(::send(socket_of(ends_[0]), &c, 1, 0));
}

void wake_ends::close() noexcept {
  if (ends_[0] >= 0) close_descriptor(ends_[0]);
  ends_[0] = -1;
}

}  // namespace detail
}  // namespace iostls
