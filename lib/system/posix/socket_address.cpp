// SPDX-License-Identifier: Apache-2.0
#include "system/socket_address.hpp"

#include <array>
#include <cstddef>
#include <cstring>

#include <netdb.h>
#include <netinet/in.h>
#include <sys/un.h>

namespace iostls {
namespace detail {
namespace {

std::string numeric_text(const sockaddr* address, socklen_t size) {
  std::array<char, NI_MAXHOST> host{};
  std::array<char, NI_MAXSERV> port{};
  const int code = getnameinfo(address, size, host.data(), host.size(), port.data(), port.size(),
                               NI_NUMERICHOST | NI_NUMERICSERV);
  return code == 0 ? host_and_port(host.data(), port.data()) : std::string();
}

std::string ipv6_text(const sockaddr* address, socklen_t size) {
  sockaddr_in6 ipv6{};
  if (size < sizeof ipv6) return {};
  std::memcpy(&ipv6, address, sizeof ipv6);
  if (!IN6_IS_ADDR_V4MAPPED(&ipv6.sin6_addr)) return numeric_text(address, size);
  sockaddr_in ipv4{};
  ipv4.sin_family = AF_INET;
  ipv4.sin_port = ipv6.sin6_port;
  std::memcpy(&ipv4.sin_addr, &ipv6.sin6_addr.s6_addr[12], sizeof ipv4.sin_addr);
  return numeric_text(reinterpret_cast<const sockaddr*>(&ipv4), sizeof ipv4);
}

// The path need not end with a NUL. A socket that is bound to none has no path at all.
std::string unix_text(const sockaddr* address, socklen_t size) {
  constexpr std::size_t before = offsetof(sockaddr_un, sun_path);
  if (size <= before) return {};
  std::string path(reinterpret_cast<const char*>(address) + before, size - before);
  if (path[0] == '\0') return "unix:@" + path.substr(1);
  return "unix:" + path.substr(0, path.find('\0'));
}

using name_function = int (*)(int, sockaddr*, socklen_t*);

std::string text_of(int fd, name_function name) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  return name(fd, generic, &size) == 0 ? address_text(generic, size) : std::string();
}

}  // namespace

std::string address_text(const sockaddr* address, socklen_t size) {
  if (size < sizeof address->sa_family) return {};
  switch (address->sa_family) {
    case AF_INET:
      return numeric_text(address, size);
    case AF_INET6:
      return ipv6_text(address, size);
    case AF_UNIX:
      return unix_text(address, size);
    default:
      return {};
  }
}

std::string peer_address_text(int fd) { return text_of(fd, &::getpeername); }

std::string local_address_text(int fd) { return text_of(fd, &::getsockname); }

std::string host_and_port(const std::string& host, const std::string& port) {
  return (host.find(':') != std::string::npos ? "[" + host + "]" : host) + ":" + port;
}

}  // namespace detail
}  // namespace iostls
