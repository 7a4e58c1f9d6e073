// SPDX-License-Identifier: Apache-2.0
// An object that is made at its first use and kept for the life of the process.
#pragma once

#include <atomic>
#include <memory>

namespace iostls {
namespace detail {

// To be used instead of a local static that is not constant. The compiler guards the construction of such a
// static, and a process that is forked while another thread constructs it would wait for that thread for ever.
// Threads that need the first object at the same time each make one, and one of these stays. It is never
// destroyed, since statics and threads that outlive them may use it. A lazy_instance has to be a static.
template <class T>
class lazy_instance {
 public:
  T& get() {
    return get([] { return std::make_unique<T>(); });
  }

  // `make` returns a std::unique_ptr<T>. What it throws is passed on, and the next call tries again.
  template <class Make>
  T& get(Make make) {
    T* known = instance_.load(std::memory_order_acquire);
    if (known == nullptr) {
      std::unique_ptr<T> fresh = make();
      if (instance_.compare_exchange_strong(known, fresh.get())) known = fresh.release();
    }
    return *known;
  }

 private:
  std::atomic<T*> instance_{nullptr};
};

}  // namespace detail
}  // namespace iostls
