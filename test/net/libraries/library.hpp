// SPDX-License-Identifier: Apache-2.0
// Other people's libraries that read and write documents by streams.
#pragma once

#include <functional>
#include <iostream>
#include <map>
#include <string>
#include <vector>

namespace iostls {
namespace test {

// What a document holds.
struct content {
  std::string name = "a name, and \"more\"";
  std::vector<int> numbers = {1, 22, 333, -4444, 55555};
  std::map<std::string, std::string> pairs = {{"one", "first value"}, {"two", "second value"}};

  template <class Archive>
  void serialize(Archive& archive, unsigned int) {
    archive& name& numbers& pairs;
  }
};

inline bool operator==(const content& a, const content& b) {
  return a.name == b.name && a.numbers == b.numbers && a.pairs == b.pairs;
}

struct library {
  const char* name;
  std::function<void(std::ostream&, const content&)> write;
  // Throws, or returns false, if the library reports a failure.
  std::function<bool(std::istream&, content&)> read;
  // Whether it can be used on a stream that throws: some have destructors that use the stream, and
  // end the program whatever stream that is.
  bool bears_exceptions = true;
};

// Each program of these tests has its own.
const std::vector<library>& libraries();

}  // namespace test
}  // namespace iostls
