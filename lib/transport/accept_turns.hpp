// SPDX-License-Identifier: Apache-2.0
// Threads that accept from one listener: one of them waits for a client, and the others wait for it. If all
// waited for the descriptor, each client would wake all of them.
#pragma once

#include <chrono>
#include <mutex>

#include "system/change_signal.hpp"

namespace iostls {
namespace detail {

// In a forked process, that of the parent stays as it was: it has no destructor that would look into it.
class accept_turns {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  accept_turns() = default;
  accept_turns(const accept_turns&) = delete;
  accept_turns& operator=(const accept_turns&) = delete;

  bool is_taken();

  // Waits until it is this thread's turn; false at the deadline. In the order of the calls. A thread that
  // is canceled unwinds from here.
  bool take(time_point deadline);

  // Lets the next thread have its turn.
  void give() noexcept;

 private:
  // On the stack of its thread.
  struct waiter {
    change_signal changed;
    bool is_next = false;
    waiter* behind = nullptr;
  };
  class place;

  void pass_on() noexcept;
  void remove(const waiter& which) noexcept;

  std::mutex mutex_;  // for the rest
  bool taken_ = false;
  waiter* first_ = nullptr;
  waiter* last_ = nullptr;
};

}  // namespace detail
}  // namespace iostls
