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
// longer than cancel() may take to be noticed. It counts rounds in a stretch of time, since on a slow
// machine, a round that has not waited may take as long as one that has.
class pace {
 public:
  using clock = std::chrono::steady_clock;

  // To be called after a round that achieved nothing.
  void rest(clock::time_point deadline) {
    const clock::time_point now = clock::now();
    if (now - began_ >= longest_sleep) {
      rounds_ = rounds_ > free_rounds ? free_rounds - 1 : 0;  // who was too fast has two rounds
      began_ = now;
    }
    if (++rounds_ > free_rounds) {
      std::this_thread::sleep_until(std::min(deadline, began_ + longest_sleep));
    }
  }

 private:
  static constexpr int free_rounds = 16;
  static constexpr std::chrono::milliseconds longest_sleep{20};

  clock::time_point began_;
  int rounds_ = 0;
};

}  // namespace detail
}  // namespace iostls
