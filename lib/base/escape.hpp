// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>

namespace iostls {
namespace detail {

// The text with "\x1b" in the place of each character that is not plain.
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

// Text that a peer, or the maker of its certificate, has chosen, as it may go to a terminal: without
// control characters, and what is not ASCII.
inline std::string escaped_text(const std::string& text) {
  return escaped(text, [](unsigned char code) { return code >= 0x20 && code < 0x7f; });
}

// What of a text that a peer has sent goes into an error or a log.
constexpr std::size_t longest_excerpt = 256;

// The text, cut where it is longer than that, and marked then: "Alice...".
inline std::string cut(const std::string& text, std::size_t most = longest_excerpt) {
  return text.size() <= most ? text : text.substr(0, most) + "...";
}

// The same, made visible. It is cut first, since what is hidden becomes four times as long.
inline std::string excerpt(const std::string& text, std::size_t most = longest_excerpt) {
  return text.size() <= most ? cut(escaped_text(text), most)
                             : cut(escaped_text(cut(text, most)), most);
}

// Text of the program itself, such as the path of a file, as it may go to a log: without control
// characters. A NUL would cut it, and the end of a line would begin another entry.
inline std::string one_line(const std::string& text) {
  return escaped(text, [](unsigned char code) { return code >= 0x20 && code != 0x7f; });
}

}  // namespace detail
}  // namespace iostls
