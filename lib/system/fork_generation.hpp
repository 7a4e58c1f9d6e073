// SPDX-License-Identifier: Apache-2.0
// Distinguishes a connection of this process from one that was inherited by fork(2), if the system
// has that.
#pragma once

namespace iostls {
namespace detail {

// Differs between a process and its forks: a connection with another number is the parent's.
// Cheaper than getpid(2), which is a system call.
unsigned fork_generation() noexcept;

// The number of forks in this process and in its ancestors.
unsigned fork_count() noexcept;

// A process. Unlike a fork_generation(), right even in a fork whose handlers have not run yet, such as in a
// signal handler there.
class process_mark {
 public:
  process_mark() noexcept;  // this process
  bool is_this_process() const noexcept;

 private:
  unsigned generation_;
  long number_;
};

// Registers a function to be called first in each later fork.
bool call_in_forks(void (*function)()) noexcept;

}  // namespace detail
}  // namespace iostls
