// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>

namespace iostls {
namespace detail {

inline bool is_control(char c) {
  const auto code = static_cast<unsigned char>(c);
  return code < 0x20 || code == 0x7f;
}

// Replaces each character that is not plain by its code, as in "\x1b".
template <class IsPlain>
std::string escaped(const std::string& text, IsPlain is_plain) {
  static const char digits[] = "0123456789abcdef";
  std::string result;
  for (const char c : text) {
    const auto code = static_cast<unsigned char>(c);
    if (is_plain(code)) {
      result += c;
    } else {
      result += {'\\', 'x', digits[code >> 4], digits[code & 15]};
    }
  }
  return result;
}

// Makes text that a peer, or the maker of its certificate, has chosen safe for a terminal: control
// characters and everything outside ASCII are escaped.
inline std::string escaped_text(const std::string& text) {
  return escaped(text, [](unsigned char code) { return code >= 0x20 && code < 0x7f; });
}

// How much of a text from a peer goes into an error or a log.
constexpr std::size_t longest_excerpt = 256;

// Shortens the text if it is longer than `most`, and marks that: "Alice...".
inline std::string cut(const std::string& text, std::size_t most = longest_excerpt) {
  return text.size() <= most ? text : text.substr(0, most) + "...";
}

// Shortens, then escapes. In this order, because escaping makes text up to four times as long.
inline std::string excerpt(const std::string& text, std::size_t most = longest_excerpt) {
  return text.size() <= most ? cut(escaped_text(text), most)
                             : cut(escaped_text(cut(text, most)), most);
}

// Makes text of the program itself, such as a path, safe for a log: control characters are escaped.
// A NUL would cut the text, and a line break would begin another entry.
inline std::string one_line(const std::string& text) {
  return escaped(text, [](unsigned char code) { return code >= 0x20 && code != 0x7f; });
}

}  // namespace detail
}  // namespace iostls
