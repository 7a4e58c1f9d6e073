// SPDX-License-Identifier: Apache-2.0
// How a stream buffer changes the state of its stream.
#pragma once

#include <exception>
#include <ios>

namespace iostls {
namespace detail {

// Sets bits without throwing, whatever exceptions() is.
inline void set_bits(std::ios& stream, std::ios::iostate bits) noexcept {
  try {
    stream.setstate(bits);
  } catch (const std::exception&) {  // NOLINT(bugprone-empty-catch): the bits are set
  }
}

inline void set_badbit(std::ios& stream) noexcept { set_bits(stream, std::ios::badbit); }

}  // namespace detail
}  // namespace iostls
