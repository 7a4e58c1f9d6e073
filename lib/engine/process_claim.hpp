// SPDX-License-Identifier: Apache-2.0
// Which process a connection belongs to, on systems with fork(2).
#pragma once

#include <atomic>

#include "system/fork_generation.hpp"

namespace iostls {
namespace detail {

// The first operation decides. A process that has inherited the connection must not touch its lock: if
// another thread held that at the fork, it stays locked for ever.
class process_claim {
 public:
  bool is_ours() const noexcept {
    return user_.load(std::memory_order_relaxed) == fork_generation();
  }

  // False if the connection belongs to another process.
  bool claim() noexcept {
    const unsigned here = fork_generation();
    unsigned user = user_.load(std::memory_order_relaxed);
    if (user == nobody && user_.compare_exchange_strong(user, here)) return true;
    return user == here;
  }

  // Whether it belongs to another process.
  bool is_inherited() const noexcept {
    const unsigned user = user_.load(std::memory_order_relaxed);
    return user != nobody && user != fork_generation();
  }

  // Whether closing must have no effect on the connection, because it belongs to another process,
  // or may come to belong to one.
  bool is_abandoned() const noexcept {
    return is_inherited() || (user_ == nobody && forks_before_ != fork_count());
  }

 private:
  static constexpr unsigned nobody = ~0U;

  const unsigned forks_before_ = fork_count();
  std::atomic<unsigned> user_{nobody};  // as a fork_generation()
};

}  // namespace detail
}  // namespace iostls
