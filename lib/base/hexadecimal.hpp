// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>

namespace iostls {
namespace detail {

// Two lower-case digits for each byte.
inline std::string hexadecimal(const unsigned char* bytes, std::size_t size) {
  static const char digits[] = "0123456789abcdef";
  std::string text;
  text.reserve(2 * size);
  for (std::size_t i = 0; i != size; ++i) {
    text += digits[bytes[i] >> 4];
    text += digits[bytes[i] & 15];
  }
  return text;
}

inline std::string hexadecimal(const std::string& bytes) {
  return hexadecimal(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
}

}  // namespace detail
}  // namespace iostls
