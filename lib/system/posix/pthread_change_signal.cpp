// SPDX-License-Identifier: Apache-2.0
#include "system/change_signal.hpp"

#include <algorithm>
#include <cerrno>
#include <ctime>

namespace iostls {
namespace detail {
namespace {

// For CLOCK_MONOTONIC, which steady_clock reads. A time before its epoch has passed as well.
timespec to_timespec(change_signal::time_point when) noexcept {
  using std::chrono::nanoseconds;
  const auto since = std::max(nanoseconds(0), nanoseconds(when.time_since_epoch()));
  const auto whole = std::chrono::duration_cast<std::chrono::seconds>(since);
  timespec t{};
  t.tv_sec = static_cast<std::time_t>(whole.count());
  t.tv_nsec = static_cast<long>((since - whole).count());
  return t;
}

}  // namespace

change_signal::change_signal() : condition_() {
  pthread_condattr_t attributes;
  pthread_condattr_init(&attributes);
  pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
  pthread_cond_init(&condition_, &attributes);
  pthread_condattr_destroy(&attributes);
}

change_signal::~change_signal() { pthread_cond_destroy(&condition_); }

void change_signal::notify_all() noexcept { pthread_cond_broadcast(&condition_); }

bool change_signal::wait(std::mutex& held, time_point deadline) {
  if (deadline == (time_point::max)()) {
    pthread_cond_wait(&condition_, held.native_handle());
    return true;
  }
  const timespec end = to_timespec(deadline);
  return pthread_cond_timedwait(&condition_, held.native_handle(), &end) != ETIMEDOUT;
}

}  // namespace detail
}  // namespace iostls
