// SPDX-License-Identifier: Apache-2.0
// What a fork does not inherit: each process has its own.
#pragma once

#include <atomic>
#include <memory>
#include <utility>

#include "system/fork_generation.hpp"

namespace iostls {
namespace detail {

// A process begins with a fresh T. That of its parent stays as it was at the fork, perhaps half changed
// by a thread that is not there, and with a mutex that stays locked: T's destructor must expect that.
template <class T>
class of_each_process {
 public:
  of_each_process() = default;
  of_each_process(const of_each_process&) = delete;
  of_each_process& operator=(const of_each_process&) = delete;
  ~of_each_process() { delete current_.load(); }

  T& get() {
    holder* now = current_.load(std::memory_order_acquire);
    return now->generation == fork_generation() ? now->object : renewed(now);
  }

 private:
  struct holder {
    const unsigned generation = fork_generation();
    T object;
    std::unique_ptr<holder> before;
  };

  T& renewed(holder* parents) {
    auto fresh = std::make_unique<holder>();
    if (current_.compare_exchange_strong(parents, fresh.get())) {
      fresh->before.reset(parents);
      return fresh.release()->object;
    }
    return parents->object;
  }

  std::atomic<holder*> current_{new holder};
};

}  // namespace detail
}  // namespace iostls
