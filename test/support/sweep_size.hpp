// SPDX-License-Identifier: Apache-2.0
// How many of all cases run.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>

namespace iostls {
namespace test {

// What the environment asks for by IOSTLS_SWEEP: "few", "many", "all", or nothing.
inline std::string sweep_size() {
  const char* const wanted = std::getenv("IOSTLS_SWEEP");
  return wanted != nullptr ? wanted : "";
}

// One of `most` cases if the environment has IOSTLS_SWEEP=all, one of seven times as many if it has
// IOSTLS_SWEEP=many, else one of `usual`, or of ten times as many if it has IOSTLS_SWEEP=few.
inline std::uint64_t sweep_step(std::uint64_t usual, std::uint64_t most = 1) {
  const std::string size = sweep_size();
  if (size == "all") return most;
  return size == "many" ? 7 * most : size == "few" ? 10 * usual : usual;
}

// The same of what is all done but with IOSTLS_SWEEP=few.
inline std::uint64_t sweep_step() { return sweep_size() == "few" ? 10 : 1; }

// The step with which two sweeps over `count` cases run some `usual` of them, or two, some `many`, or all.
inline std::uint64_t sampling_step(std::uint64_t count, std::uint64_t usual, std::uint64_t many) {
  const std::string size = sweep_size();
  if (size == "all") return 1;
  const std::uint64_t cases = size == "many" ? many : size == "few" ? 2 : usual;
  return std::max<std::uint64_t>(1, 2 * count / cases);
}

}  // namespace test
}  // namespace iostls
