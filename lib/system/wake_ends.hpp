// SPDX-License-Identifier: Apache-2.0
// The descriptors by which a thread wakes another one of its process.
#pragma once

namespace iostls {
namespace detail {

// Once woken, it stays readable. Empty until `open` has been called.
class wake_ends {
 public:
  wake_ends() = default;
  wake_ends(const wake_ends&) = delete;
  wake_ends& operator=(const wake_ends&) = delete;
  ~wake_ends() { close(); }

  // False, with errno set, if the system has no descriptors left.
  bool open() noexcept;
  // Callable from a signal handler.
  void wake() const noexcept;
  void close() noexcept;

  // The descriptor to wait for; -1 if empty.
  int fd() const noexcept { return ends_[0]; }

 private:
  int ends_[2] = {-1, -1};
};

}  // namespace detail
}  // namespace iostls
