// SPDX-License-Identifier: Apache-2.0
#include "system/ip_bytes.hpp"

#include <algorithm>

#include "system/ip_address.hpp"
#include "system/socket_address.hpp"

namespace iostls {
namespace detail {
namespace {

constexpr std::array<unsigned char, 12> mapped_prefix = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

// Parses the length of a network's prefix; false if it is not a number, or too large.
bool parse_prefix(const std::string& text, std::size_t most, std::size_t& bits) {
  if (text.empty() || text.size() > 3) return false;
  bits = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return false;
    bits = 10 * bits + static_cast<std::size_t>(c - '0');
  }
  return bits <= most;
}

}  // namespace

ip_bytes::ip_bytes(const unsigned char* from, std::size_t count) noexcept {
  const bool is_mapped =
      count == 16 && std::equal(mapped_prefix.begin(), mapped_prefix.end(), from);
  if (is_mapped) from += mapped_prefix.size();
  size = is_mapped ? 4 : count;
  std::copy_n(from, size, bytes.begin());
}

ip_bytes::ip_bytes(const std::string& text) {
  std::array<unsigned char, 16> read{};
  *this = ip_bytes(read.data(), parse_ip(text, read.data()));
}

ip_bytes ip_bytes::of_peer(int fd) noexcept {
  std::array<unsigned char, 16> found{};
  return {found.data(), socket_address::of_peer(fd).ip(found.data())};
}

std::string ip_bytes::text() const { return ip_text(bytes.data(), size); }

std::string ip_bytes::text_with_port(unsigned port) const {
  const std::string number = ":" + std::to_string(port);
  return size == 4 ? text() + number : "[" + text() + "]" + number;
}

ip_network::ip_network(const std::string& text) {
  const std::size_t slash = text.find('/');
  const ip_bytes address(text.substr(0, slash));
  prefix_ = 8 * address.size;
  if (slash != std::string::npos &&
      !parse_prefix(text.substr(slash + 1), 8 * address.size, prefix_)) {
    return;
  }
  address_ = address;
}

bool ip_network::contains(const ip_bytes& address) const noexcept {
  if (address.size != address_.size) return false;
  for (std::size_t bit = 0; bit < prefix_; ++bit) {
    const unsigned mask = 0x80U >> (bit % 8);
    if (((address.bytes[bit / 8] ^ address_.bytes[bit / 8]) & mask) != 0) return false;
  }
  return true;
}

}  // namespace detail
}  // namespace iostls
