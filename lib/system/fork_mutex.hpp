// SPDX-License-Identifier: Apache-2.0
// A mutex that a fork leaves unlocked.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <thread>

#include "system/fork_generation.hpp"

namespace iostls {
namespace detail {

// Each process has its own mutex: one that another thread of the parent held at the time of the fork
// would stay locked, since that thread is not there. What it guards may then be half changed, so it must
// be changed in one step, at the end.
class fork_mutex {
 public:
  struct of_process {
    explicit of_process(std::unique_ptr<of_process> parents) : before(std::move(parents)) {}

    const unsigned generation = fork_generation();
    std::mutex mutex;
    std::atomic<std::thread::id> user{};  // free for the users of the mutex
    std::unique_ptr<of_process> before;
  };

  fork_mutex() = default;
  fork_mutex(const fork_mutex&) = delete;
  fork_mutex& operator=(const fork_mutex&) = delete;
  ~fork_mutex() { delete current_.load(); }

  of_process& get() {
    of_process* now = current_.load(std::memory_order_acquire);
    return now->generation == fork_generation() ? *now : renewed(now);
  }

 private:
  of_process& renewed(of_process* parents) {
    auto fresh = std::make_unique<of_process>(nullptr);
    if (current_.compare_exchange_strong(parents, fresh.get())) {
      fresh->before.reset(parents);
      return *fresh.release();
    }
    return *parents;
  }

  std::atomic<of_process*> current_{new of_process(nullptr)};
};

}  // namespace detail
}  // namespace iostls
