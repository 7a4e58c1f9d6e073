// SPDX-License-Identifier: Apache-2.0
#include "shifted_clock.hpp"

#include <atomic>
#include <ctime>

#include <sys/time.h>

namespace {

std::atomic<long> ahead{0};  // seconds

timespec shifted_now() noexcept {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  now.tv_sec += ahead;
  return now;
}

}  // namespace

// A program's own functions take the place of those of the C library, for shared libraries, too. Some of them
// declare that they throw nothing, and others do not.
extern "C" std::time_t time(std::time_t* to) noexcept(noexcept(::time(to))) {
  const std::time_t now = shifted_now().tv_sec;
  if (to != nullptr) *to = now;
  return now;
}

extern "C" int gettimeofday(timeval* to, void* zone) noexcept(noexcept(::gettimeofday(to, zone))) {
  static_cast<void>(zone);
  const timespec now = shifted_now();
  to->tv_sec = now.tv_sec;
  to->tv_usec = now.tv_nsec / 1000;
  return 0;
}

namespace iostls {
namespace test {

later::later(std::chrono::seconds by) noexcept : by_(static_cast<long>(by.count())) {
  ahead += by_;
}

later::~later() { ahead -= by_; }

}  // namespace test
}  // namespace iostls
