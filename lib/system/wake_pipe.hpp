// SPDX-License-Identifier: Apache-2.0
// Wakes a thread that waits for a descriptor, from another thread or from a signal handler.
#pragma once

namespace iostls {
namespace detail {

// Once woken, it stays readable. Empty until `open` has been called.
class wake_pipe {
 public:
  wake_pipe() = default;
  wake_pipe(const wake_pipe&) = delete;
  wake_pipe& operator=(const wake_pipe&) = delete;
  ~wake_pipe() { close(); }

  // False, with errno set, if the system has no descriptors left.
  bool open() noexcept;
  void wake() const noexcept;
  bool woken() const noexcept;
  void close() noexcept;

  // The descriptor to wait for; -1 if empty.
  int fd() const noexcept { return ends_[0]; }

 private:
  int ends_[2] = {-1, -1};
};

}  // namespace detail
}  // namespace iostls
