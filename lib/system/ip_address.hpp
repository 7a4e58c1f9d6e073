// SPDX-License-Identifier: Apache-2.0
// Addresses of IPv4 and IPv6 as text.
#pragma once

#include <cstddef>
#include <string>

namespace iostls {
namespace detail {

// Puts the 4 or 16 bytes of an address, which has no zone, into `bytes`, which has room for 16, and returns
// how many these are; 0 if the text is no address.
std::size_t parse_ip(const std::string& text, unsigned char* bytes) noexcept;

// "192.0.2.1", with four decimal numbers, and nothing else.
bool is_ipv4(const std::string& text);

// "2001:db8::1", without a zone.
bool is_ipv6(const std::string& text);

// Only link-local addresses are ambiguous without a zone (RFC 4007).
bool may_have_zone(const std::string& ipv6);

// Longer than the name of any network interface here.
std::size_t interface_name_limit() noexcept;

// The text of the 4 or 16 bytes of an address, the form in certificates; empty for other sizes.
std::string ip_text(const unsigned char* bytes, std::size_t size);

}  // namespace detail
}  // namespace iostls
