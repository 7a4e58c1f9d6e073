// SPDX-License-Identifier: Apache-2.0
// Waits for a descriptor's input, such that another thread can end the wait without affecting the
// descriptor.
#pragma once

#include <chrono>
#include <mutex>
#include <system_error>

namespace iostls {
namespace detail {

class wake_ends;

class input_wait {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  // Most waits are shorter, and need neither a descriptor for waking nor the preparations of a
  // longer wait.
  static constexpr std::chrono::milliseconds short_wait{10};

  // Whether a wait had better begin with `go_on`, since the last one was not over soon.
  bool takes_long() const noexcept { return takes_long_; }

  // Waits as `wait_for_descriptor` does, for at most `short_wait`, and less if a signal arrives:
  // `timed_out` then.
  static std::error_code begin(int fd, time_point deadline, int cancel);

  // The same without that limit, in a wait that began at `began`. Returns ssl_errc::woken if `wake` was
  // called since the last wait that it has ended. One thread at a time.
  std::error_code go_on(int fd, time_point began, time_point deadline, int cancel);

  // Callable from any thread.
  void wake() noexcept;

 private:
  class registered;

  bool take_wake() noexcept;
  std::error_code wait_for_long(int fd, time_point deadline, int cancel);
  std::error_code wait_in_pieces(int fd, time_point deadline, int cancel);

  std::mutex mutex_;
  const wake_ends* waiter_ = nullptr;  // the thread that waits also polls this
  unsigned process_ = 0;               // that of the waiter, as a fork_generation()
  bool woken_ = false;
  bool takes_long_ = false;  // for the thread that waits
};

}  // namespace detail
}  // namespace iostls
