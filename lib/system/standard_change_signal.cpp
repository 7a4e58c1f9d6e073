// SPDX-License-Identifier: Apache-2.0
// See standard_condition.hpp.
#include "system/change_signal.hpp"

namespace iostls {
namespace detail {

change_signal::change_signal() = default;
change_signal::~change_signal() = default;

void change_signal::notify_all() noexcept { condition_.notify_all(); }

bool change_signal::wait(std::mutex& held, time_point deadline) {
  std::unique_lock<std::mutex> l(held, std::adopt_lock);
  bool in_time = true;
  if (deadline == (time_point::max)()) {
    condition_.wait(l);
  } else {
    in_time = condition_.wait_until(l, deadline) == std::cv_status::no_timeout;
  }
  static_cast<void>(l.release());
  return in_time;
}

}  // namespace detail
}  // namespace iostls
