// SPDX-License-Identifier: Apache-2.0
// Wakes a thread that waits for a descriptor, from another thread or from a signal handler.
#pragma once

#include <atomic>

#include "system/fork_generation.hpp"
#include "system/wake_ends.hpp"

namespace iostls {
namespace detail {

// Once woken, it stays so. Empty until `open` has been called. In a fork, it is as it was then, with
// descriptors that the fork shares with its parent: there it wakes nobody until it is opened again.
class wake_pipe {
 public:
  wake_pipe() = default;
  wake_pipe(const wake_pipe&) = delete;
  wake_pipe& operator=(const wake_pipe&) = delete;
  ~wake_pipe() { close(); }

  // Gives this process a descriptor, unless it has one. False, with errno set, if the system has none
  // left. Callable from several threads, except for the first time.
  bool open() noexcept;
  // Wakes this process only; one that opens the pipe later, at once.
  void wake() noexcept;
  bool woken() const noexcept { return woken_.load(); }
  void close() noexcept;

  // The descriptor to wait for; -1 if this process has not opened the pipe.
  int fd() const noexcept;

 private:
  struct of_process {
    wake_ends ends;
    process_mark opener;
    of_process* before =
        nullptr;  // of the parent; kept, since a signal handler may be looking at it
  };

  bool open_in_fork(of_process* parents) noexcept;

  of_process first_;
  std::atomic<of_process*> current_{nullptr};
  std::atomic<bool> woken_{false};
};

}  // namespace detail
}  // namespace iostls
