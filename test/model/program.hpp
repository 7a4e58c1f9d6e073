// SPDX-License-Identifier: Apache-2.0
// Random programs of iostream operations.
#pragma once

#include <cstdint>
#include <functional>
#include <iostream>
#include <string>
#include <vector>

namespace iostls {
namespace test {

enum class step_kind {
  plain,  // `act` is done with the stream
  set_buffer,
  available,  // in_avail(): any number that is not too large
  readsome,   // any part of what is there
  shutdown_write,
  close,
  swap,  // with the same end of the other connection
  move,
  move_assign
};

struct step {
  int party;         // whose stream; see `party_name`
  std::string text;  // as C++ has it, for a stream of that name
  step_kind kind = step_kind::plain;
  // Returns what the program gets to see, but for the state bits.
  std::function<std::string(std::iostream&)> act;
  std::streamsize size = 0;
};

// The parties 0 and 1 are connected, and 2 and 3: "a", "b", "c", "d". Even ones are clients.
constexpr int party_count = 4;
std::string party_name(int party);

struct program {
  std::uint64_t seed;  // of the transports' moods, too
  std::vector<step> steps;
};

program random_program(std::uint64_t seed);

// The whole as text to be read.
std::string to_text(const program& p);

}  // namespace test
}  // namespace iostls
