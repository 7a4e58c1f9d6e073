// SPDX-License-Identifier: Apache-2.0
// A value that is made once and kept for the life of the process, but tried again after a failure.
#pragma once

#include <atomic>
#include <chrono>
#include <thread>

#include "system/fork_generation.hpp"
#include "system/thread_cancellation.hpp"

namespace iostls {
namespace detail {

// A function-local static would keep a failure for ever, although a lack of memory may pass. `None`
// is the value that stands for failure. No mutex: a fork while another thread makes the value would leave it
// locked for ever. For the same reason the compiler must not guard the construction of a local static.
template <class T, T None>
class retried_once {
 public:
  // Returns the first result of `make` that was not a failure; None if `make` fails now, too.
  template <class Make>
  T get(Make make) {
    const T known = value_.load(std::memory_order_acquire);
    return known != None ? known : made(make);
  }

 private:
  template <class Make>
  T made(Make make) {
    const turn one_at_a_time(maker_);
    T value = value_.load(std::memory_order_relaxed);
    if (value == None) {
      value = make();
      value_.store(value, std::memory_order_release);
    }
    return value;
  }

  // Waits for the thread of this process that has it; one of the parent process is not there. A thread that
  // was canceled would not give it back, and would end the process where its caller may not throw.
  class turn {
   public:
    explicit turn(std::atomic<unsigned>& maker) : maker_(maker) {
      const unsigned here = fork_generation() + 1;
      unsigned whose = 0;
      while (!maker_.compare_exchange_weak(whose, here)) {
        if (whose != here) continue;
        std::this_thread::sleep_for(std::chrono::microseconds(50));
        whose = 0;
      }
    }
    turn(const turn&) = delete;
    turn& operator=(const turn&) = delete;
    ~turn() { maker_ = 0; }

   private:
    const no_cancellation uncanceled_;
    std::atomic<unsigned>& maker_;
  };

  std::atomic<T> value_{None};
  std::atomic<unsigned> maker_{0};  // the fork_generation() + 1 of the thread whose turn it is
};

}  // namespace detail
}  // namespace iostls
