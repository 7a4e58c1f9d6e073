// SPDX-License-Identifier: Apache-2.0
#include "system/socket_address.hpp"

#include <cerrno>
#include <cstring>
#include <new>

#include "base/escape.hpp"
#include "system/native_sockets.hpp"

namespace iostls {
namespace detail {
namespace {

static_assert(sizeof(sockaddr_un) <= socket_address::longest, "a path has room");
static_assert(sizeof(sockaddr_in6) <= socket_address::longest, "IPv6 has room");

int family_of(const socket_address& a) noexcept {
  sockaddr head{};
  std::memcpy(&head, a.data(), sizeof head);
  constexpr std::size_t needed = offsetof(sockaddr, sa_family) + sizeof head.sa_family;
  return a.size() < needed ? AF_UNSPEC : head.sa_family;
}

std::string numeric_text(const void* address, std::size_t size) {
  std::array<char, NI_MAXHOST> host{};
  std::array<char, NI_MAXSERV> port{};
  const int code =
      getnameinfo(static_cast<const sockaddr*>(address), static_cast<socklen_t>(size), host.data(),
                  host.size(), port.data(), port.size(), NI_NUMERICHOST | NI_NUMERICSERV);
  return code == 0 ? host_and_port(host.data(), port.data()) : std::string();
}

std::string ipv6_text(const socket_address& a) {
  sockaddr_in6 ipv6{};
  if (a.size() < sizeof ipv6) return {};
  std::memcpy(&ipv6, a.data(), sizeof ipv6);
  if (!IN6_IS_ADDR_V4MAPPED(&ipv6.sin6_addr)) return numeric_text(a.data(), a.size());
  sockaddr_in ipv4{};
  ipv4.sin_family = AF_INET;
  ipv4.sin_port = ipv6.sin6_port;
  std::memcpy(&ipv4.sin_addr, &ipv6.sin6_addr.s6_addr[12], sizeof ipv4.sin_addr);
  return numeric_text(&ipv4, sizeof ipv4);
}

// The path need not end with a NUL. A socket that is bound to none has no path at all. The peer has
// chosen its own.
std::string unix_text(const socket_address& a) {
  constexpr std::size_t before = offsetof(sockaddr_un, sun_path);
  if (a.size() <= before) return {};
  std::string path(static_cast<const char*>(a.data()) + before, a.size() - before);
  if (path[0] == '\0') return "unix:@" + escaped_text(path.substr(1));
  return "unix:" + escaped_text(path.substr(0, path.find('\0')));
}

template <class Name>
socket_address named(int fd, Name name) noexcept {
  if (fd < 0) return {};
  const int before = errno;
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  const bool is_known = name(socket_of(fd), reinterpret_cast<sockaddr*>(&address), &size) == 0;
  errno = before;
  return is_known ? socket_address(&address, static_cast<std::size_t>(size)) : socket_address();
}

}  // namespace

kept_address::kept_address(const socket_address& address) noexcept {
  unsigned char* to = short_.data();
  if (address.size() > short_size) {
    long_.reset(new (std::nothrow) unsigned char[address.size()]);
    to = long_.get();
  }
  if (to == nullptr) return;
  std::memcpy(to, address.data(), address.size());
  size_ = static_cast<unsigned>(address.size());
}

socket_address kept_address::get() const noexcept {
  return {long_ ? long_.get() : short_.data(), size_};
}

socket_address::socket_address(const void* address, std::size_t size) noexcept {
  if (size > longest) return;
  std::memcpy(bytes_.data(), address, size);
  size_ = static_cast<unsigned>(size);
}

socket_address socket_address::of_peer(int fd) noexcept { return named(fd, &::getpeername); }

socket_address socket_address::of_local(int fd) noexcept { return named(fd, &::getsockname); }

std::string socket_address::text() const {
  switch (family_of(*this)) {
    case AF_INET:
      return numeric_text(data(), size());
    case AF_INET6:
      return ipv6_text(*this);
    case AF_UNIX:
      return unix_text(*this);
    default:
      return {};
  }
}

unsigned short socket_address::port() const noexcept {
  sockaddr_in ipv4{};
  sockaddr_in6 ipv6{};
  switch (family_of(*this)) {
    case AF_INET:
      std::memcpy(&ipv4, data(), sizeof ipv4);
      return ntohs(ipv4.sin_port);
    case AF_INET6:
      std::memcpy(&ipv6, data(), sizeof ipv6);
      return ntohs(ipv6.sin6_port);
    default:
      return 0;
  }
}

std::size_t socket_address::ip(unsigned char* bytes) const noexcept {
  sockaddr_in ipv4{};
  sockaddr_in6 ipv6{};
  switch (family_of(*this)) {
    case AF_INET:
      std::memcpy(&ipv4, data(), sizeof ipv4);
      std::memcpy(bytes, &ipv4.sin_addr, sizeof ipv4.sin_addr);
      return sizeof ipv4.sin_addr;
    case AF_INET6:
      std::memcpy(&ipv6, data(), sizeof ipv6);
      std::memcpy(bytes, &ipv6.sin6_addr, sizeof ipv6.sin6_addr);
      return sizeof ipv6.sin6_addr;
    default:
      return 0;
  }
}

bool socket_address::is_ipv6() const noexcept { return family_of(*this) == AF_INET6; }

std::string host_and_port(const std::string& host, const std::string& port) {
  return (host.find(':') != std::string::npos ? "[" + host + "]" : host) + ":" + port;
}

}  // namespace detail
}  // namespace iostls
