// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>

#include <iostls/ssl_context.hpp>

namespace iostls {
namespace test {

// A key whose parts can be told from each other and from those of another seed.
inline std::string key_bytes(char seed, std::size_t size = 80) {
  std::string bytes(size, '\0');
  for (std::size_t i = 0; i != size; ++i) bytes[i] = static_cast<char>(seed + 3 * i);
  return bytes;
}

inline ticket_key key(char seed, std::size_t size = 80) {
  return ticket_key::from_bytes(key_bytes(seed, size));
}

}  // namespace test
}  // namespace iostls
