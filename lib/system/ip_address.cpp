// SPDX-License-Identifier: Apache-2.0
#include "system/ip_address.hpp"

#include <array>

namespace iostls {
namespace detail {

bool is_ipv4(const std::string& text) {
  std::array<unsigned char, 16> bytes{};
  return parse_ip(text, bytes.data()) == 4;
}

bool is_ipv6(const std::string& text) {
  std::array<unsigned char, 16> bytes{};
  return parse_ip(text, bytes.data()) == 16;
}

bool may_have_zone(const std::string& ipv6) {
  std::array<unsigned char, 16> bytes{};
  if (parse_ip(ipv6, bytes.data()) != 16) return false;
  const bool is_link_local = bytes[0] == 0xfe && (bytes[1] & 0xc0U) == 0x80U;
  const bool is_site_local = bytes[0] == 0xfe && (bytes[1] & 0xc0U) == 0xc0U;
  const bool is_link_multicast = bytes[0] == 0xff && (bytes[1] & 0x0fU) == 0x02U;
  return is_link_local || is_site_local || is_link_multicast;
}

}  // namespace detail
}  // namespace iostls
