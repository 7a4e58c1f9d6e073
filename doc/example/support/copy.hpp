// SPDX-License-Identifier: Apache-2.0
// Copies bytes from one stream to another as they arrive.
#pragma once

#include <array>
#include <istream>
#include <ostream>
#include <string>

namespace example {

// Copies up to the end of the input, or until a stream fails, and reports to `progress` how many
// bytes were copied. Output is held back only while more input is available.
template <class Progress>
void copy(std::istream& from, std::ostream& to, Progress progress) {
  std::array<char, 16384> block;
  while (from.peek() != std::char_traits<char>::eof()) {
    std::streamsize n = from.readsome(block.data(), block.size());
    if (n == 0) {  // libc++'s std::cin never knows how much it has
      block[0] = static_cast<char>(from.get());
      n = 1;
    }
    to.write(block.data(), n);
    if (from.rdbuf()->in_avail() <= 0) to.flush();
    if (!to) return;
    progress(n);
  }
  to.flush();
}

inline void copy(std::istream& from, std::ostream& to) {
  copy(from, to, [](std::streamsize) {});
}

}  // namespace example
