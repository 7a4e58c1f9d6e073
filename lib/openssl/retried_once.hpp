// SPDX-License-Identifier: Apache-2.0
// What is asked for once and kept for as long as the process lives.
#pragma once

#include <atomic>
#include <mutex>

namespace iostls {
namespace detail {

// A function-local static would keep a failure for ever, although memory is short only for a while.
// `None` is what stands for one.
template <class T, T None>
class retried_once {
 public:
  // What the first call of `make` that did not fail has returned; None if it fails now, too.
  template <class Make>
  T get(Make make) {
    const T known = value_.load(std::memory_order_acquire);
    return known != None ? known : made(make);
  }

 private:
  template <class Make>
  T made(Make make) {
    const std::lock_guard<std::mutex> l(mutex_);
    T value = value_.load(std::memory_order_relaxed);
    if (value == None) {
      value = make();
      value_.store(value, std::memory_order_release);
    }
    return value;
  }

  std::atomic<T> value_{None};
  std::mutex mutex_;
};

}  // namespace detail
}  // namespace iostls
