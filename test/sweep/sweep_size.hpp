// SPDX-License-Identifier: Apache-2.0
// How many of all cases run.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <string>

namespace iostls {
namespace test {

// One of `most` cases if the environment has IOSTLS_SWEEP=all, one of seven times as many if it has
// IOSTLS_SWEEP=many, else one of `usual`.
inline std::uint64_t sweep_step(std::uint64_t usual, std::uint64_t most = 1) {
  const char* const wanted = std::getenv("IOSTLS_SWEEP");
  const std::string size = wanted != nullptr ? wanted : "";
  return size == "all" ? most : size == "many" ? 7 * most : usual;
}

}  // namespace test
}  // namespace iostls
