// SPDX-License-Identifier: Apache-2.0
// The lock of a connection, and how threads wait for each other there.
#pragma once

#include <atomic>
#include <mutex>

#include "engine/connection_state.hpp"
#include "system/change_signal.hpp"
#include "system/thread_cancellation.hpp"
#include "system/thread_token.hpp"

namespace iostls {
namespace detail {

// A mutex, and a signal for changes of the state that it guards. In addition, one thread at a time
// may use OpenSSL `apart`, without the mutex, as long as that may call functions of options.
class connection_lock {
 public:
  using time_point = change_signal::time_point;
  class lock;
  class apart;

  explicit connection_lock(const connection_state& state) noexcept : state_(state) {}

  bool is_held_here() const noexcept {
    return holder_.load(std::memory_order_relaxed) == this_thread_token();
  }
  // For the thread that holds the mutex.
  bool is_apart() const noexcept { return apart_.load(std::memory_order_relaxed) != 0; }
  // Callable without the mutex.
  bool is_apart_here() const noexcept {
    return apart_.load(std::memory_order_relaxed) == this_thread_token();
  }

  void notify_all() noexcept { changed_.notify_all(); }
  // The same for a change that was made without the mutex. Does not wait for slow functions of
  // options, or a slow transport.
  void notify_from_outside() noexcept;

  // False if the deadline has passed.
  bool sleep(lock& l, time_point deadline);
  // The same, but a canceled thread does not leave it.
  bool sleep_on(lock& l, time_point deadline) noexcept;

  // Waits until `ready`, which is evaluated while no other thread uses OpenSSL, or `cancel()`.
  // False if the deadline passed first.
  template <class Ready>
  bool wait_for_change(lock& l, time_point deadline, Ready ready) {
    while (!state_.canceled && (is_apart() || !ready())) {
      if (!sleep(l, deadline)) return false;
    }
    return true;
  }

  // For a thread that returns from work without the lock.
  void wait_for_openssl(lock& l) noexcept;

 private:
  const connection_state& state_;
  std::mutex mutex_;
  change_signal changed_;
  std::atomic<thread_token> holder_{0};  // the thread that holds the mutex
  std::atomic<thread_token> apart_{0};   // the thread that is in OpenSSL without the mutex
};

// Holds the mutex. Does nothing in a thread that holds it already, for example because a transport
// uses its own stream, which is an error. An `uncanceled` thread is not canceled while it holds the
// mutex.
class connection_lock::lock {
 public:
  enum class thread { cancelable, uncanceled };
  // Whether wake() ends the waits for input of the operation that holds the lock, or leaves them and
  // ends those of a later one.
  enum class wakes { end_waits, are_left };

  explicit lock(connection_lock& m, thread kind = thread::cancelable) noexcept
      : owner_(m), is_uncanceled_(kind == thread::uncanceled) {
    if (!m.is_held_here()) take();
  }
  lock(const lock&) = delete;
  lock& operator=(const lock&) = delete;
  ~lock() {
    if (held_) give();
  }

  void heed(wakes which) noexcept { wakes_ = which; }
  bool is_wakeable() const noexcept { return wakes_ == wakes::end_waits; }
  // The time by which its operation must end, also if another thread is in OpenSSL.
  void end_by(time_point latest) noexcept { latest_ = latest; }
  time_point latest_end() const noexcept { return latest_; }

  void take() noexcept {
    if (is_uncanceled_) switch_.begin();
    owner_.mutex_.lock();
    now_held();
  }

  void give() noexcept {
    not_held();
    owner_.mutex_.unlock();
    if (is_uncanceled_) switch_.end();
  }

  // For a wait that releases the mutex by itself: restores this object's state around it, and
  // allows the thread to be canceled meanwhile.
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
    owner_.holder_.store(this_thread_token(), std::memory_order_relaxed);
  }
  void not_held() noexcept {
    held_ = false;
    owner_.holder_.store(0, std::memory_order_relaxed);
  }

  connection_lock& owner_;
  cancellation_switch switch_;
  const bool is_uncanceled_;
  wakes wakes_ = wakes::end_waits;
  time_point latest_ = (time_point::max)();
  bool held_ = false;
};

// OpenSSL belongs to this thread, without the mutex.
class connection_lock::apart {
 public:
  apart(connection_lock& m, lock& l) noexcept : owner_(m), lock_(l) {
    m.apart_.store(this_thread_token(), std::memory_order_relaxed);
    l.give();
    uncanceled_.begin();
  }
  apart(const apart&) = delete;
  apart& operator=(const apart&) = delete;
  ~apart() {
    uncanceled_.end();
    lock_.take();
    owner_.apart_.store(0, std::memory_order_relaxed);
    owner_.changed_.notify_all();
  }

 private:
  connection_lock& owner_;
  lock& lock_;
  cancellation_switch uncanceled_;
};

}  // namespace detail
}  // namespace iostls
