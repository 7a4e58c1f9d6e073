// SPDX-License-Identifier: Apache-2.0
#include "host_name.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstdio>

namespace iostls {
namespace detail {
namespace {

constexpr std::size_t longest_name = 253;
constexpr std::size_t longest_label = 63;

bool is_ipv4(const std::string& text) {
  in_addr address{};
  return inet_pton(AF_INET, text.c_str(), &address) == 1;
}

bool is_ipv6(const std::string& text) {
  in6_addr address{};
  return inet_pton(AF_INET6, text.c_str(), &address) == 1;
}

// "fe80::1%eth0" without its zone, which means something on this host only.
std::string without_zone(const std::string& text) { return text.substr(0, text.find('%')); }

std::string without_final_dot(const std::string& text) {
  return !text.empty() && text.back() == '.' ? text.substr(0, text.size() - 1) : text;
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// The underscore is in no host name by the book, but in many that are in use.
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

}  // namespace

std::string host_name_fault(const std::string& text) {
  if (text.empty()) return "is empty";
  // inet_pton stops at a NUL, so characters are looked at before an address is recognised.
  const auto nul = text.find('\0');
  if (nul != std::string::npos) return character_fault('\0');
  if (is_ipv4(text) || is_ipv6(without_zone(text))) return {};
  const auto wrong = std::find_if_not(text.begin(), text.end(), is_name_character);
  if (wrong != text.end()) return character_fault(*wrong);
  return length_fault(without_final_dot(text));
}

host_name::host_name(const std::string& given) : text(given), is_address(is_ipv4(given)) {
  if (is_address) return;
  is_address = is_ipv6(without_zone(given));
  text = is_address ? without_zone(given) : without_final_dot(given);
}

std::string lower_case(std::string name) {
  std::transform(name.begin(), name.end(), name.begin(), lower);
  return name;
}

bool same_host(const std::string& a, const std::string& b) {
  const std::string x = without_final_dot(a);
  const std::string y = without_final_dot(b);
  return x.size() == y.size() && std::equal(x.begin(), x.end(), y.begin(),
                                            [](char c, char d) { return lower(c) == lower(d); });
}

}  // namespace detail
}  // namespace iostls
