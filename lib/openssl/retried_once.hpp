// SPDX-License-Identifier: Apache-2.0
// A value that is made once and kept for the life of the process, but tried again after a failure.
#pragma once

#include <atomic>
#include <mutex>

namespace iostls {
namespace detail {

// A function-local static would keep a failure for ever, although a lack of memory may pass. `None`
// is the value that stands for failure.
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
