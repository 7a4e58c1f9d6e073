// SPDX-License-Identifier: Apache-2.0
// IPv4 and IPv6 addresses as bytes, the form in which protocols send them, and networks.
#pragma once

#include <array>
#include <cstddef>
#include <string>

namespace iostls {
namespace detail {

// An address in network byte order; `size` is 4, 16, or 0 for none. An IPv4 address in the form of
// IPv6 (::ffff:192.0.2.1) becomes an IPv4 address.
struct ip_bytes {
  std::array<unsigned char, 16> bytes{};
  std::size_t size = 0;

  ip_bytes() = default;
  ip_bytes(const unsigned char* from, std::size_t count) noexcept;
  // "192.0.2.1", "2001:db8::1", without a zone.
  explicit ip_bytes(const std::string& text);
  // The address of a connected socket's peer, if it has one of these kinds.
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
