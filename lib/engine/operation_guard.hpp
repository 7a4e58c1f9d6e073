// SPDX-License-Identifier: Apache-2.0
// How threads enter an engine, and wait for each other there.
#pragma once

#include <cerrno>
#include <utility>

#include "engine/engine.hpp"
#include "openssl/error.hpp"
#include "system/cancellation.hpp"

namespace iostls {
namespace detail {

// The mutex, held. Does nothing in a thread that holds it already, as where a transport uses its own stream,
// and that fails. A thread that is `uncanceled` is so wherever it holds the mutex.
class engine::lock {
 public:
  enum class thread { cancelable, uncanceled };

  explicit lock(engine& e, thread kind = thread::cancelable) noexcept
      : engine_(e), is_uncanceled_(kind == thread::uncanceled) {
    if (!e.is_held_here()) take();
  }
  lock(const lock&) = delete;
  lock& operator=(const lock&) = delete;
  ~lock() {
    if (held_) give();
  }

  void take() noexcept {
    if (is_uncanceled_) switch_.begin();
    engine_.mutex_.lock();
    now_held();
  }

  void give() noexcept {
    not_held();
    engine_.mutex_.unlock();
    if (is_uncanceled_) switch_.end();
  }

  // What a wait, which gives the mutex up by itself, has to do around that; and so that the thread may be
  // canceled meanwhile.
  class pause {
   public:
    explicit pause(lock& l) noexcept : lock_(l) {
      l.not_held();
      if (l.is_uncanceled_) l.switch_.end();
    }
    pause(const pause&) = delete;
    pause& operator=(const pause&) = delete;
    ~pause() {
      if (lock_.is_uncanceled_) lock_.switch_.begin();
      lock_.now_held();
    }

   private:
    lock& lock_;
  };

 private:
  void now_held() noexcept {
    held_ = true;
    engine_.holder_.store(this_thread_token(), std::memory_order_relaxed);
  }
  void not_held() noexcept {
    held_ = false;
    engine_.holder_.store(0, std::memory_order_relaxed);
  }

  engine& engine_;
  cancellation_switch switch_;
  const bool is_uncanceled_;
  bool held_ = false;
};

// A thread that leaves the lock for a while.
class engine::outside {
 public:
  explicit outside(lock& l) noexcept : lock_(l) { l.give(); }
  outside(const outside&) = delete;
  outside& operator=(const outside&) = delete;
  ~outside() { lock_.take(); }

 private:
  lock& lock_;
};

// One thread inside of an operation: holds the lock, and is counted, so that the descriptor is not
// closed under its hands.
class engine::visit {
 public:
  visit(engine& e, const char* operation) : engine_(entered(e, operation)), lock_(e) {
    e.check(operation);
    if (e.is_apart()) e.wait_for_turn(lock_, operation);
    ++e.operations_;
  }
  visit(const visit&) = delete;
  visit& operator=(const visit&) = delete;

  ~visit() {
    if (--engine_.operations_ == 0 && engine_.closed_) engine_.changed_.notify_all();
  }

  lock& held() noexcept { return lock_; }

 private:
  // Before locking: in a child process, nobody would unlock what another thread held at the fork.
  static engine& entered(engine& e, const char* operation) {
    e.claim(operation);
    return e;
  }

  engine& engine_;
  lock lock_;
};

// OpenSSL belongs to this thread, without the mutex.
class engine::apart {
 public:
  apart(engine& e, lock& l) noexcept : engine_(e), lock_(l) {
    e.apart_ = this_thread_token();
    l.give();
    uncanceled_.begin();
  }
  apart(const apart&) = delete;
  apart& operator=(const apart&) = delete;
  ~apart() {
    uncanceled_.end();
    lock_.take();
    engine_.apart_ = 0;
    engine_.changed_.notify_all();
  }

 private:
  engine& engine_;
  lock& lock_;
  cancellation_switch uncanceled_;
};

// Calls OpenSSL, and judges what comes of it.
template <class Call>
engine::outcome engine::ask(lock& l, Call call) {
  before_openssl();
  if (!calls_back_) {
    const no_cancellation uncanceled;
    return judge(call());
  }
  const apart from_others(*this, l);
  return judge(call());
}

// Until `ready`, which is looked at while no other thread has OpenSSL, or `cancel()`. False if the
// deadline passed first.
template <class Ready>
bool engine::wait_for_change(lock& l, time_point deadline, Ready ready) {
  while (!canceled_ && (is_apart() || !ready())) {
    if (!sleep(l, deadline)) return false;
  }
  return true;
}

}  // namespace detail
}  // namespace iostls
