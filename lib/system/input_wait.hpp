// SPDX-License-Identifier: Apache-2.0
// Waiting for a descriptor's input so that another thread may end the wait and leave the descriptor alone.
#pragma once

#include <chrono>
#include <mutex>
#include <system_error>

namespace iostls {
namespace detail {

class wake_pipe;

class input_wait {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  // Most waits are shorter, and need neither a descriptor to be woken by nor what a longer one asks first.
  static constexpr std::chrono::milliseconds short_wait{10};

  // Waits as `wait_for_descriptor` does, for at most `short_wait`: `timed_out` then.
  static std::error_code begin(int fd, time_point deadline, int cancel);

  // The same without that limit, and until `wake` has been called, since the latest wait that it has ended:
  // ssl_errc::woken. One thread at a time.
  std::error_code go_on(int fd, time_point deadline, int cancel);

  // From any thread.
  void wake() noexcept;

 private:
  class registered;

  bool take_wake() noexcept;
  std::error_code wait_in_pieces(int fd, time_point deadline, int cancel);

  std::mutex mutex_;
  const wake_pipe* waiter_ = nullptr;  // what the thread that waits polls, too
  bool woken_ = false;
};

}  // namespace detail
}  // namespace iostls
