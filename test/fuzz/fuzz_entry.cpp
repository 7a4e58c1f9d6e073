// SPDX-License-Identifier: Apache-2.0
// What libFuzzer calls, in each fuzzer.
#include <cstddef>
#include <cstdint>

#include "fixed_random.hpp"
#include "fuzz_input.hpp"

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  iostls::fuzz::fix_random_numbers();
  iostls::fuzz::prepare();
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  iostls::fuzz::rewind_random_numbers();
  iostls::fuzz::run({data, size});
  return 0;
}
