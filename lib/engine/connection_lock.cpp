// SPDX-License-Identifier: Apache-2.0
#include "engine/connection_lock.hpp"

namespace iostls {
namespace detail {

// A thread that has checked the guarded state holds the mutex until it waits.
void connection_lock::notify_from_outside() noexcept {
  if (!is_held_here()) {
    const std::lock_guard<std::mutex> l(mutex_);
  }
  changed_.notify_all();
}

bool connection_lock::sleep(lock& l, time_point deadline) {
  const lock::pause without(l);
  return changed_.wait(mutex_, deadline);
}

bool connection_lock::sleep_on(lock& l, time_point deadline) noexcept {
  static_cast<void>(l);
  const no_cancellation uncanceled;
  holder_.store(0, std::memory_order_relaxed);
  const bool in_time = changed_.wait(mutex_, deadline);
  holder_.store(this_thread_token(), std::memory_order_relaxed);
  return in_time;
}

void connection_lock::wait_for_openssl(lock& l) noexcept {
  while (is_apart()) sleep_on(l, (time_point::max)());
}

}  // namespace detail
}  // namespace iostls
