// SPDX-License-Identifier: Apache-2.0
// DER that a fuzzer changes.
#pragma once

#include <string>

#include "fuzz_input.hpp"

namespace iostls {
namespace fuzz {

inline void edit_once(std::string& der, fuzz_input& input) {
  const std::size_t at = input.below(der.size() + 1);
  switch (input.byte() % 4) {
    case 0:
      if (at < der.size()) der[at] = static_cast<char>(input.byte());
      break;
    case 1:
      der.insert(at, input.text(input.byte() % 32));
      break;
    case 2:
      der.erase(at, input.byte() % 32);
      break;
    default:
      der.resize(at);
  }
}

// None to seven changes.
inline void edit(std::string& der, fuzz_input& input) {
  for (unsigned edits = input.byte() % 8; edits != 0; --edits) edit_once(der, input);
}

}  // namespace fuzz
}  // namespace iostls
