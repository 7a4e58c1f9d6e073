// SPDX-License-Identifier: Apache-2.0
// A condition variable whose waits a canceled thread can leave: those of std::condition_variable
// are `noexcept` in some standard libraries.
#pragma once

#include <chrono>
#include <mutex>

#if defined(_WIN32) || defined(__APPLE__)
#include "system/standard_condition.hpp"
#else
#include "system/posix/pthread_condition.hpp"
#endif

namespace iostls {
namespace detail {

class change_signal {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  change_signal();
  change_signal(const change_signal&) = delete;
  change_signal& operator=(const change_signal&) = delete;
  ~change_signal();

  void notify_all() noexcept;

  // The mutex is held before and after, also if the thread is canceled. False if the deadline
  // passed; time_point::max() means no deadline.
  bool wait(std::mutex& held, time_point deadline);

 private:
  native_condition condition_;
};

}  // namespace detail
}  // namespace iostls
