// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>

namespace iostls {
namespace detail {

// Has always passed. The earliest of all time points would not do: transports compute what is left
// until a deadline, and that difference would not fit.
constexpr std::chrono::steady_clock::time_point at_once{};

// The point in time after this duration. A duration that no clock can represent, such as
// milliseconds::max(), means no limit.
template <class Duration>
std::chrono::steady_clock::time_point deadline_after(Duration limit) noexcept {
  using time_point = std::chrono::steady_clock::time_point;
  const time_point now = std::chrono::steady_clock::now();
  const time_point never = (time_point::max)();
  if (limit <= Duration::zero()) return now;
  if (limit > std::chrono::duration_cast<Duration>(never - now)) return never;
  return now + limit;
}

}  // namespace detail
}  // namespace iostls
