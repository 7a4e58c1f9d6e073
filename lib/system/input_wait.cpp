// SPDX-License-Identifier: Apache-2.0
#include "system/input_wait.hpp"

#include <algorithm>
#include <utility>

#include <iostls/ssl_error.hpp>

#include "system/descriptor_wait.hpp"
#include "system/fork_generation.hpp"
#include "system/thread_cancellation.hpp"
#include "system/wake_ends.hpp"

namespace iostls {
namespace detail {

using std::chrono::steady_clock;

// While it exists, `wake` reaches the ends.
class input_wait::registered {
 public:
  registered(input_wait& wait, const wake_ends& ends) noexcept : wait_(wait) {
    const std::lock_guard<std::mutex> l(wait.mutex_);
    wait.waiter_ = &ends;
    wait.process_ = fork_generation();
    if (wait.woken_) ends.wake();
  }
  registered(const registered&) = delete;
  registered& operator=(const registered&) = delete;
  ~registered() {
    const std::lock_guard<std::mutex> l(wait_.mutex_);
    wait_.waiter_ = nullptr;
  }

 private:
  input_wait& wait_;
};

std::error_code input_wait::begin(int fd, time_point deadline, int cancel) {
  return wait_briefly_for_input(fd, short_wait, deadline, cancel);
}

std::error_code input_wait::go_on(int fd, time_point began, time_point deadline, int cancel) {
  const std::error_code result = wait_for_long(fd, deadline, cancel);
  takes_long_ = steady_clock::now() - began > short_wait;
  return result;
}

std::error_code input_wait::wait_for_long(int fd, time_point deadline, int cancel) {
  wake_ends ends;
  if (!ends.open()) return wait_in_pieces(fd, deadline, cancel);
  bool has_input = false;
  std::error_code failed;
  {
    const registered reachable(*this, ends);
    failed = wait_for_input(fd, ends.fd(), has_input, deadline, cancel);
  }
  if (failed || has_input) return failed;
  if (steady_clock::now() >= deadline) return ssl_errc::timed_out;  // the next wait is woken
  return take_wake() ? make_error_code(ssl_errc::woken) : std::error_code();
}

// For the case that the system has no descriptor left for waking.
std::error_code input_wait::wait_in_pieces(int fd, time_point deadline, int cancel) {
  constexpr std::chrono::milliseconds piece(50);
  for (;;) {
    if (take_wake()) return ssl_errc::woken;
    const time_point end = std::min(deadline, steady_clock::now() + piece);
    const std::error_code failed = wait_for_descriptor(fd, transport::event::readable, end, cancel);
    if (failed != ssl_errc::timed_out || steady_clock::now() >= deadline) return failed;
  }
}

bool input_wait::take_wake() noexcept {
  const std::lock_guard<std::mutex> l(mutex_);
  return std::exchange(woken_, false);
}

void input_wait::wake() noexcept {
  const no_cancellation uncanceled;
  const std::lock_guard<std::mutex> l(mutex_);
  woken_ = true;
  if (waiter_ != nullptr && process_ == fork_generation()) waiter_->wake();
}

}  // namespace detail
}  // namespace iostls
