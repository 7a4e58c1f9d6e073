// SPDX-License-Identifier: Apache-2.0
// Something that another thread waits for.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>

namespace iostls {
namespace test {

class event {
 public:
  void happen() {
    const std::lock_guard<std::mutex> hold(lock_);
    happened_ = true;
    changed_.notify_all();
  }
  // False if it does not happen within ten seconds.
  bool wait() {
    std::unique_lock<std::mutex> hold(lock_);
    return changed_.wait_for(hold, std::chrono::seconds(10), [this] { return happened_; });
  }

 private:
  std::mutex lock_;
  std::condition_variable changed_;
  bool happened_ = false;
};

}  // namespace test
}  // namespace iostls
