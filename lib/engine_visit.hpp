// SPDX-License-Identifier: Apache-2.0
// How threads enter an engine, and wait for each other there.
#pragma once

#include "engine.hpp"
#include "error.hpp"

namespace iostls {
namespace detail {

// One thread inside of an operation: holds the lock, and is counted, so that the descriptor is not
// closed under its hands.
class engine::visit {
 public:
  visit(engine& e, const char* operation) : engine_(e) {
    // Before locking: in a child process, nobody would unlock what another thread held at the fork.
    if (e.is_inherited()) {
      throw detail::make_error(ssl_errc::closed, operation,
                               "the connection belongs to the parent process");
    }
    lock_ = lock(e.mutex_);
    e.check(operation);
    ++e.visitors_;
  }
  visit(const visit&) = delete;
  visit& operator=(const visit&) = delete;

  ~visit() {
    if (--engine_.visitors_ == 0 && engine_.closed_) engine_.changed_.notify_all();
  }

  lock& held() noexcept { return lock_; }

 private:
  engine& engine_;
  lock lock_;
};

// False if the deadline passed first. Waiting until time_point::max() overflows in some libraries.
template <class Ready>
bool engine::wait_for_change(lock& l, time_point deadline, Ready ready) {
  if (deadline != never) return changed_.wait_until(l, deadline, ready);
  changed_.wait(l, ready);
  return true;
}

}  // namespace detail
}  // namespace iostls
