// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace iostls {
namespace detail {

// Text that a peer has sent, or whoever made its certificate, as it may go to a terminal: control
// characters, and what is not ASCII, become "\\x1b".
inline std::string visible(const std::string& text) {
  static const char digits[] = "0123456789abcdef";
  std::string result;
  for (const char c : text) {
    const auto code = static_cast<unsigned char>(c);
    if (code >= 0x20 && code < 0x7f) {
      result += c;
    } else {
      result += {'\\', 'x', digits[code >> 4], digits[code & 15]};
    }
  }
  return result;
}

}  // namespace detail
}  // namespace iostls
