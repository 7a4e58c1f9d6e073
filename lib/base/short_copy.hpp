// SPDX-License-Identifier: Apache-2.0
// Copying of the small pieces that formatted output consists of.
#pragma once

#include <cstddef>
#include <cstring>

namespace iostls {
namespace detail {

// Copies the first and the last `Piece` characters of a block, which overlap if it is shorter than
// both.
template <std::size_t Piece>
void copy_both_ends(char* to, const char* from, std::size_t size) noexcept {
  std::memcpy(to, from, Piece);
  std::memcpy(to + size - Piece, from + size - Piece, Piece);
}

[[gnu::noinline]] inline std::size_t copy_long(char* to, const char* from,
                                               std::size_t size) noexcept {
  std::memcpy(to, from, size);
  return size;
}

// The same as std::memcpy, except that no function is called for up to 64 characters: a call costs more
// than to copy them. Returns the size, which the caller then need not keep across a call.
inline std::size_t copy_short(char* to, const char* from, std::size_t size) noexcept {
  if (size > 64) return copy_long(to, from, size);
  if (size >= 32) {
    copy_both_ends<32>(to, from, size);
  } else if (size >= 16) {
    copy_both_ends<16>(to, from, size);
  } else if (size >= 8) {
    copy_both_ends<8>(to, from, size);
  } else if (size >= 4) {
    copy_both_ends<4>(to, from, size);
  } else if (size != 0) {
    to[0] = from[0];
    to[size / 2] = from[size / 2];
    to[size - 1] = from[size - 1];
  }
  return size;
}

}  // namespace detail
}  // namespace iostls
