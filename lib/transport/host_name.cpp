// SPDX-License-Identifier: Apache-2.0
#include "transport/host_name.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <utility>

#include "base/escape.hpp"
#include "system/ip_address.hpp"

namespace iostls {
namespace detail {
namespace {

constexpr std::size_t longest_name = 253;
constexpr std::size_t longest_label = 63;

// The name of an interface, or its number.
bool is_zone(const std::string& text) {
  const auto is_inner = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("._~-:@").find(c) != std::string_view::npos;
  };
  return !text.empty() && text.size() < interface_name_limit() &&
         std::all_of(text.begin(), text.end(), is_inner);
}

// What is wrong with the zone of "fe80::1%eth0", from the '%' on, if there is one.
std::string zone_fault(const std::string& address, const std::string& zone) {
  if (zone.empty()) return {};
  if (!may_have_zone(address))
    return "has a zone, which only addresses of one link have, as fe80::1";
  return is_zone(zone.substr(1)) ? std::string() : "has a zone that is no interface's name";
}

std::string_view without_final_dot(std::string_view text) noexcept {
  if (!text.empty() && text.back() == '.') text.remove_suffix(1);
  return text;
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// The underscore is not allowed in host names, but many that are in use have one.
bool is_name_character(char c) {
  const char l = lower(c);
  return (l >= 'a' && l <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
}

std::string character_fault(char c) {
  const auto code = static_cast<unsigned char>(c);
  if (code >= 0x80) {
    return "has letters beyond ASCII; give the name's ASCII form (its A-label, \"xn--...\")";
  }
  if (code == 0) return "has a NUL character in it";
  if (code == ' ') return "has a space in it";
  if (code < 0x20 || code == 0x7f) {
    std::array<char, 8> hex{};
    std::snprintf(hex.data(), hex.size(), "0x%02x", static_cast<unsigned>(code));
    return std::string("has the control character ") + hex.data() + " in it";
  }
  return std::string("has the character '") + c + "', which no host name or address has";
}

std::string length_fault(const std::string& name) {
  if (name.size() > longest_name) return "is longer than 253 characters";
  std::size_t begin = 0;
  while (begin <= name.size()) {
    const std::size_t end = std::min(name.find('.', begin), name.size());
    if (end == begin) return "has an empty label";
    if (end - begin > longest_label) return "has a label that is longer than 63 characters";
    begin = end + 1;
  }
  return {};
}

std::string name_fault(const std::string& given, const std::string& without_dot) {
  if (given.empty()) return "is empty";
  const auto wrong = std::find_if_not(given.begin(), given.end(), is_name_character);
  return wrong != given.end() ? character_fault(*wrong) : length_fault(without_dot);
}

// False for most names, which then need not be parsed as addresses: each connection has a name.
bool may_be_address(const std::string& given) {
  const bool begins_with_digit = !given.empty() && given[0] >= '0' && given[0] <= '9';
  return begins_with_digit || given.find(':') != std::string::npos;
}

}  // namespace

// The system stops at a NUL, so that is looked for first.
host_name::host_name(const std::string& given) : text(without_final_dot(given)) {
  const bool may_be = may_be_address(given);
  if (given.find('\0') != std::string::npos) {
    fault = character_fault('\0');
  } else if (may_be && is_ipv4(text)) {
    is_address = true;
  } else if (std::string bare = given.substr(0, may_be ? given.find('%') : 0);
             may_be && is_ipv6(bare)) {
    fault = zone_fault(bare, given.substr(bare.size()));
    text = std::move(bare);  // the zone has a meaning on this host only
    is_address = true;
  } else {
    fault = name_fault(given, text);
  }
}

std::string shown_host(const std::string& given) {
  const std::size_t user = given.rfind('@');
  const std::string rest = user == std::string::npos ? given : "..." + given.substr(user);
  const std::size_t query = rest.find_first_of("?#");
  return cut(query == std::string::npos ? rest : rest.substr(0, query) + "...");
}

std::string lower_case(std::string name) {
  std::transform(name.begin(), name.end(), name.begin(), lower);
  return name;
}

bool same_letters(std::string_view a, std::string_view b) noexcept {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(),
                                            [](char c, char d) { return lower(c) == lower(d); });
}

bool may_be_asked_for(std::string_view name) noexcept {
  constexpr std::size_t longest = 255;  // as in OpenSSL
  return name.size() <= longest &&
         std::all_of(name.begin(), name.end(), [](char c) { return c > ' ' && c < '\x7f'; });
}

bool same_host(std::string_view a, std::string_view b) noexcept {
  return same_letters(without_final_dot(a), without_final_dot(b));
}

}  // namespace detail
}  // namespace iostls
