// SPDX-License-Identifier: Apache-2.0
// What a stream buffer changes of the stream above it.
#pragma once

#include <exception>
#include <ios>

namespace iostls {
namespace detail {

// Sets badbit without throwing, whatever exceptions() says.
inline void set_badbit(std::ios& stream) noexcept {
  try {
    stream.setstate(std::ios::badbit);
  } catch (const std::exception&) {  // NOLINT(bugprone-empty-catch): the bit is set
  }
}

}  // namespace detail
}  // namespace iostls
