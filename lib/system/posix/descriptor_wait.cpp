// SPDX-License-Identifier: Apache-2.0
#include "system/descriptor_wait.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstddef>

#include <poll.h>

#include <iostls/ssl_error.hpp>

#include "system/error_number.hpp"

namespace iostls {
namespace detail {
namespace {

using std::chrono::steady_clock;

// Rounded up, so that a wait never spins through its last millisecond.
int milliseconds_until(steady_clock::time_point deadline) noexcept {
  if (deadline == (steady_clock::time_point::max)()) return -1;
  const auto now = steady_clock::now();
  if (deadline <= now) return 0;
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - now).count();
  return static_cast<int>(std::min<long long>(left, INT_MAX - 1)) + 1;
}

// The last one is `wake`.
std::error_code wait_for_any(pollfd* polled, std::size_t count, steady_clock::time_point deadline) {
  for (;;) {
    const int n = ::poll(polled, static_cast<nfds_t>(count), milliseconds_until(deadline));
    if (n > 0) {
      if (polled[count - 1].revents == 0) return {};
      return std::make_error_code(std::errc::operation_canceled);
    }
    if (n == 0 && steady_clock::now() >= deadline) return ssl_errc::timed_out;
    if (n < 0 && errno != EINTR && errno != EAGAIN) return system_code(errno);
  }
}

}  // namespace

std::error_code wait_for_descriptor(int fd, transport::event what,
                                    steady_clock::time_point deadline, int wake) {
  const short events = what == transport::event::readable ? POLLIN : POLLOUT;
  // poll(2) ignores negative descriptors.
  std::array<pollfd, 2> polled = {{{fd, events, 0}, {wake, POLLIN, 0}}};
  return wait_for_any(polled.data(), polled.size(), deadline);
}

std::error_code wait_briefly_for_input(int fd, std::chrono::milliseconds limit,
                                       steady_clock::time_point deadline, int wake) {
  std::array<pollfd, 2> polled = {{{fd, POLLIN, 0}, {wake, POLLIN, 0}}};
  const nfds_t count = wake >= 0 ? 2 : 1;
  const int longest = static_cast<int>(limit.count());
  const int left = milliseconds_until(deadline);
  const int n = ::poll(polled.data(), count, left < 0 ? longest : std::min(left, longest));
  if (n > 0 && polled[1].revents != 0) return std::make_error_code(std::errc::operation_canceled);
  if (n > 0) return {};
  return n == 0 || errno == EINTR || errno == EAGAIN ? ssl_errc::timed_out : system_code(errno);
}

std::error_code wait_for_input(int fd, int other, bool& is_first, steady_clock::time_point deadline,
                               int wake) {
  std::array<pollfd, 3> polled = {{{fd, POLLIN, 0}, {other, POLLIN, 0}, {wake, POLLIN, 0}}};
  const std::error_code failed = wait_for_any(polled.data(), polled.size(), deadline);
  is_first = polled[0].revents != 0;
  return failed;
}

std::error_code wait_for_wake(steady_clock::time_point deadline, int wake) {
  pollfd polled = {wake, POLLIN, 0};
  return wait_for_any(&polled, 1, deadline);
}

std::error_code wait_for_connections(const std::vector<int>& fds, std::vector<bool>& ended,
                                     steady_clock::time_point deadline, int wake) {
  std::vector<pollfd> polled;
  polled.reserve(fds.size() + 1);
  for (const int fd : fds) polled.push_back({fd, POLLOUT, 0});
  polled.push_back({wake, POLLIN, 0});
  const std::error_code failed = wait_for_any(polled.data(), polled.size(), deadline);
  polled.pop_back();
  ended.clear();
  for (const pollfd& each : polled) ended.push_back(each.revents != 0);
  return failed;
}

}  // namespace detail
}  // namespace iostls
