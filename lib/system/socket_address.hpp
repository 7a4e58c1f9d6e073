// SPDX-License-Identifier: Apache-2.0
// Addresses of sockets.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace iostls {
namespace detail {

// The address of one end of a socket, in the system's form, or none.
class socket_address {
 public:
  // The size of the largest address that has a text.
  static constexpr std::size_t longest = 112;

  socket_address() = default;
  // None if it is too long.
  socket_address(const void* address, std::size_t size) noexcept;

  // The addresses of the two ends of a socket, while it is connected: it has none any more after
  // the connection was reset or closed. None for -1. errno is not changed.
  static socket_address of_peer(int fd) noexcept;
  static socket_address of_local(int fd) noexcept;

  // "192.0.2.1:443", "[2001:db8::1]:443", "unix:/run/x", "unix:@name" for an abstract one, with what
  // is not plain ASCII escaped ("\x0a"); an IPv4 address in the form of IPv6 is shown as IPv4.
  // Empty if there is no address, or one of another family.
  std::string text() const;

  // 0 if there is none.
  unsigned short port() const noexcept;

  // Puts the 4 or 16 bytes of an address of IPv4 or IPv6 into `bytes`, which has room for 16, and returns
  // how many these are; else 0.
  std::size_t ip(unsigned char* bytes) const noexcept;

  bool is_ipv6() const noexcept;

  const void* data() const noexcept { return bytes_.data(); }
  std::size_t size() const noexcept { return size_; }

 private:
  alignas(std::uint32_t) std::array<unsigned char, longest> bytes_{};
  unsigned size_ = 0;
};

// An address that is kept for long: most need a quarter of what a socket_address takes.
class kept_address {
 public:
  kept_address() = default;
  // Keeps none if memory is too short for a long one.
  explicit kept_address(const socket_address& address) noexcept;

  socket_address get() const noexcept;

 private:
  static constexpr std::size_t short_size = 28;  // that of IPv6

  std::array<unsigned char, short_size> short_{};
  unsigned size_ = 0;
  std::unique_ptr<unsigned char[]> long_;  // where it does not fit into `short_`
};

// "example.org:443", "[2001:db8::1]:443".
std::string host_and_port(const std::string& host, const std::string& port);

}  // namespace detail
}  // namespace iostls
