// SPDX-License-Identifier: Apache-2.0
// A mutex that a fork leaves unlocked.
#pragma once

#include <atomic>
#include <mutex>
#include <thread>

#include "system/of_each_process.hpp"

namespace iostls {
namespace detail {

struct process_mutex {
  std::mutex mutex;
  std::atomic<std::thread::id> user{};  // free for the users of the mutex
};

// Each process has its own mutex: one that another thread of the parent held at the time of the fork
// would stay locked, since that thread is not there. What it guards may then be half changed, so it must
// be changed in one step, at the end.
class fork_mutex : public of_each_process<process_mutex> {
 public:
  using of_process = process_mutex;
};

}  // namespace detail
}  // namespace iostls
