// SPDX-License-Identifier: Apache-2.0
// Addresses of IPv4 and IPv6 as bytes, as protocols send them, and networks of them.
#pragma once

#include <array>
#include <cstddef>
#include <string>

namespace iostls {
namespace detail {

// An address as the network has it; `size` is 4, 16, or 0 for none. An IPv4 address that is written as one of
// IPv6 (::ffff:192.0.2.1) becomes one of IPv4.
struct ip_bytes {
  std::array<unsigned char, 16> bytes{};
  std::size_t size = 0;

  ip_bytes() = default;
  ip_bytes(const unsigned char* from, std::size_t count) noexcept;
  // "192.0.2.1", "2001:db8::1", without a zone.
  explicit ip_bytes(const std::string& text);
  // The other end of a connected socket, if it has such an address.
  static ip_bytes of_peer(int fd) noexcept;

  std::string text() const;
  // "192.0.2.1:443", "[2001:db8::1]:443".
  std::string text_with_port(unsigned port) const;
};

// "10.0.0.0/8", or one address.
class ip_network {
 public:
  explicit ip_network(const std::string& text);

  bool is_valid() const noexcept { return address_.size != 0; }
  bool contains(const ip_bytes& address) const noexcept;

 private:
  ip_bytes address_;
  std::size_t prefix_ = 0;  // in bits
};

}  // namespace detail
}  // namespace iostls
