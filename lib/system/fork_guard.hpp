// SPDX-License-Identifier: Apache-2.0
// Telling a connection of this process from one inherited by fork(2), where the system has that.
#pragma once

namespace iostls {
namespace detail {

// How often this process is a fork: a connection whose number differs is the parent's. Cheaper than
// getpid(2), which is a system call.
unsigned fork_generation() noexcept;

// How many forks there were in this process and in those that it descends from.
unsigned fork_count() noexcept;

// Has a function called in each fork from now on, first thing.
bool call_in_forks(void (*function)()) noexcept;

}  // namespace detail
}  // namespace iostls
