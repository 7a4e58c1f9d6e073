// SPDX-License-Identifier: Apache-2.0
// Runs something again and again, and each time another allocation of it fails.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include <gtest/gtest.h>

#include "failing_memory.hpp"

namespace iostls {
namespace test {

// One whose memory is counted: what it makes is gone when it returns. It returns what is wrong.
using subject = std::function<std::string()>;

class memory_sweep : public testing::Test {
 protected:
  memory_sweep();
  ~memory_sweep() override;

  // Runs the subject for each `step`-th of its allocations, which fails, alone or with all that come
  // after it; then once more with the same one, in which no memory may be lost.
  void sweep(const subject& s, std::uint64_t step);

  // The same with a step that makes for so many cases; of all allocations with IOSTLS_SWEEP=all.
  void sweep_sample(const subject& s, std::uint64_t usual, std::uint64_t many);

 private:
  void measure(const subject& s);
  void sweep_measured(const subject& s, std::uint64_t step);

  std::uint64_t count_ = 0;  // of the subject's allocations
};

}  // namespace test
}  // namespace iostls
