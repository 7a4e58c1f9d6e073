// SPDX-License-Identifier: Apache-2.0
// DER that a fuzzer changes.
#pragma once

#include <string>

#include "fuzz_input.hpp"

namespace iostls {
namespace fuzz {

// None to seven changes.
inline void edit_some(std::string& der, fuzz_input& input) {
  for (unsigned edits = input.byte() % 8; edits != 0; --edits) edit(der, input);
}

}  // namespace fuzz
}  // namespace iostls
