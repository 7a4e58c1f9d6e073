// SPDX-License-Identifier: Apache-2.0
// An operation that has to wait.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>

#include "task.hpp"

namespace iostls {
namespace test {

// Runs an operation in another thread, and reports when it is blocked and when it has ended.
class blocked_operation {
 public:
  explicit blocked_operation(const std::function<void()>& f)
      : task_([this, f] {
          f();
          const std::lock_guard<std::mutex> hold(lock_);
          ended_ = true;
          changed_.notify_all();
        }) {}

  bool ended_within(std::chrono::milliseconds limit) {
    std::unique_lock<std::mutex> hold(lock_);
    return changed_.wait_for(hold, limit, [this] { return ended_; });
  }
  // No event shows that a thread waits; one that has not ended by then does.
  bool is_blocked() { return !ended_within(std::chrono::milliseconds(50)); }
  void join() { task_.join(); }

 private:
  std::mutex lock_;
  std::condition_variable changed_;
  bool ended_ = false;
  task task_;
};

}  // namespace test
}  // namespace iostls
