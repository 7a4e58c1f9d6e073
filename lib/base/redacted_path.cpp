// SPDX-License-Identifier: Apache-2.0
#include "base/redacted_path.hpp"

#include <algorithm>
#include <string_view>

#include "base/escape.hpp"

namespace iostls {
namespace detail {
namespace {

constexpr std::size_t longest_path = 4096;
constexpr std::size_t shortest_key = 40;  // 30 bytes in base 64

// How many bytes follow the first byte of a UTF-8 character; more than is possible if the byte
// cannot be the first.
std::size_t followers(unsigned char first) {
  if (first < 0x80) return 0;
  if (first >= 0xc2 && first < 0xe0) return 1;
  if (first >= 0xe0 && first < 0xf0) return 2;
  return first >= 0xf0 && first < 0xf5 ? 3 : longest_path;
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const std::size_t more = followers(static_cast<unsigned char>(text.front()));
    if (more >= text.size()) return false;
    for (const char c : text.substr(1, more)) {
      if ((static_cast<unsigned char>(c) & 0xc0U) != 0x80) return false;
    }
    text.remove_prefix(more + 1);
  }
  return true;
}

enum class kind { lower, upper, digit, sign, space, other };

kind kind_of(char c) {
  if (c >= 'a' && c <= 'z') return kind::lower;
  if (c >= 'A' && c <= 'Z') return kind::upper;
  if (c >= '0' && c <= '9') return kind::digit;
  if (std::string_view("+/=-_").find(c) != std::string_view::npos) return kind::sign;
  return c == '\r' || c == '\n' || c == ' ' ? kind::space : kind::other;
}

// Recognises a key in base 64 or hexadecimal digits. Names consist of words, in which a letter
// mostly follows a letter of the same kind (lower case, upper case, digit); in random text, at most
// half of the characters do.
bool is_encoded_key(std::string_view text) {
  if (text.size() < shortest_key) return false;
  std::size_t changes = 0;
  for (std::size_t i = 0; i != text.size(); ++i) {
    if (kind_of(text[i]) == kind::other) return false;
    if (i != 0 && kind_of(text[i]) != kind_of(text[i - 1])) ++changes;
  }
  return changes * 100 > text.size() * 35;
}

bool has_pem(std::string_view text) {
  return text.find("-----BEGIN ") != std::string_view::npos ||
         text.find("PRIVATE KEY") != std::string_view::npos;
}

}  // namespace

bool may_be_a_key(const std::string& text) {
  return text.size() >= longest_path || has_pem(text) || !is_utf8(text) || is_encoded_key(text);
}

// An absolute path may contain a control character by mistake, such as a line break at its end.
bool may_be_shown(const std::string& path) {
  if (may_be_a_key(path) || path.find('\0') != std::string::npos) return false;
  return path.empty() || path.front() == '/' || std::none_of(path.begin(), path.end(), is_control);
}

std::string redacted_path(const std::string& path) {
  if (may_be_shown(path)) return '"' + path + '"';
  if (has_pem(path))
    return "what was given as a path, which is PEM text, to be wrapped in pem_text()";
  return "what was given as a path (" + std::to_string(path.size()) +
         " bytes, not shown, since they may be a key)";
}

}  // namespace detail
}  // namespace iostls
