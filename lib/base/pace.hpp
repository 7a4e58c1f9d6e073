// SPDX-License-Identifier: Apache-2.0
// Keeps a loop from spinning if its waits return at once.
#pragma once

#include <algorithm>
#include <chrono>
#include <thread>

namespace iostls {
namespace detail {

// A transport's wait may return early without a reason. That is harmless as long as it has waited
// at all. If it returns at once again and again, this class makes the caller sleep, but never
// longer than cancel() may take to be noticed.
class pace {
 public:
  using clock = std::chrono::steady_clock;

  // To be called after a round that achieved nothing.
  void rest(clock::time_point deadline) {
    if (clock::now() - began_ > least_wait) {
      hasty_rounds_ = 0;
    } else if (++hasty_rounds_ > free_rounds) {
      std::this_thread::sleep_until(std::min(deadline, clock::now() + longest_sleep));
    }
    began_ = clock::now();
  }

 private:
  static constexpr int free_rounds = 64;
  static constexpr std::chrono::milliseconds least_wait{1};
  static constexpr std::chrono::milliseconds longest_sleep{20};

  clock::time_point began_;
  int hasty_rounds_ = 0;
};

}  // namespace detail
}  // namespace iostls
