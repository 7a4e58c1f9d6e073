// SPDX-License-Identifier: Apache-2.0
// How threads enter an engine, and call OpenSSL there.
#pragma once

#include "engine/engine.hpp"
#include "system/thread_cancellation.hpp"

namespace iostls {
namespace detail {

// One thread inside an operation: holds the lock, and is counted, so that the descriptor is not
// closed while it is used.
class engine::operation_guard {
 public:
  using wakes = lock::wakes;

  operation_guard(engine& e, const char* operation, wakes which = wakes::end_waits,
                  time_point latest = never)
      : engine_(entered(e, operation)), lock_(e.monitor_) {
    lock_.heed(which);
    lock_.end_by(latest);
    e.check(operation);
    if (e.monitor_.is_apart()) e.wait_for_turn(lock_, operation);
    ++e.operations_;
  }
  operation_guard(const operation_guard&) = delete;
  operation_guard& operator=(const operation_guard&) = delete;

  ~operation_guard() {
    --engine_.operations_;
    if (engine_.state_.closed) engine_.monitor_.notify_all();
  }

  lock& held() noexcept { return lock_; }

  // Gives up the lock for as long as it exists: for what takes a mutex that comes before it.
  class pause {
   public:
    explicit pause(operation_guard& v) noexcept : lock_(v.lock_) { lock_.give(); }
    pause(const pause&) = delete;
    pause& operator=(const pause&) = delete;
    ~pause() { lock_.take(); }

   private:
    lock& lock_;
  };

 private:
  // Before locking: in a child process, nobody would unlock a mutex that another thread held at the
  // fork.
  static engine& entered(engine& e, const char* operation) {
    e.claim(operation);
    return e;
  }

  engine& engine_;
  lock lock_;
};

// To be called by each step, since the lock may have been given up in the one before.
inline void engine::begin_step(operation_guard& v, const char* operation) {
  check(operation);
  if (monitor_.is_apart()) wait_for_turn(v.held(), operation);
}

// Calls OpenSSL, without the mutex as long as that may call functions of options.
template <class Call>
auto engine::within_openssl(lock& l, Call call) {
  if (!calls_back_) {
    const no_cancellation uncanceled;
    return call();
  }
  const connection_lock::apart from_others(monitor_, l);
  return call();
}

template <class Call>
engine::outcome engine::ask(lock& l, Call call) {
  before_openssl();
  return within_openssl(l, [&] { return result_of(call()); });
}

}  // namespace detail
}  // namespace iostls
