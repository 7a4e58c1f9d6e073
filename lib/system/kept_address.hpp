// SPDX-License-Identifier: Apache-2.0
// The address of a socket, kept for later.
#pragma once

#include <array>
#include <cerrno>
#include <string>

#include <sys/socket.h>
#include <sys/un.h>

#include "system/socket_address.hpp"

namespace iostls {
namespace detail {

// Read while the socket is connected, since it has none any more once the connection was reset or closed;
// becomes text only when somebody asks, which few connections see.
class kept_address {
 public:
  void keep_peer(int fd) noexcept { keep(fd, &::getpeername); }
  void keep_local(int fd) noexcept { keep(fd, &::getsockname); }

  // Empty if there is none.
  std::string text() const { return address_text(as_sockaddr(bytes_.data()), size_); }

 private:
  static const sockaddr* as_sockaddr(const unsigned char* bytes) noexcept {
    return reinterpret_cast<const sockaddr*>(bytes);
  }

  template <class Ask>
  void keep(int fd, Ask ask) noexcept {
    if (fd < 0) return;
    const int before = errno;
    socklen_t size = sizeof bytes_;
    size_ = ask(fd, reinterpret_cast<sockaddr*>(bytes_.data()), &size) == 0 ? size : 0;
    if (size_ > sizeof bytes_) size_ = 0;
    errno = before;
  }

  // As large as an address of a kind that has a text.
  alignas(sockaddr_un) std::array<unsigned char, sizeof(sockaddr_un)> bytes_{};
  socklen_t size_ = 0;
};

}  // namespace detail
}  // namespace iostls
