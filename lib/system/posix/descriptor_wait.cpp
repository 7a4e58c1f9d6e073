// SPDX-License-Identifier: Apache-2.0
#include "system/descriptor_wait.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstddef>

#include "openssl/error.hpp"

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

}  // namespace

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

std::error_code wait_for_descriptor(int fd, short events, steady_clock::time_point deadline,
                                    int wake) {
  // poll(2) passes over negative descriptors.
  std::array<pollfd, 2> polled = {{{fd, events, 0}, {wake, POLLIN, 0}}};
  return wait_for_any(polled.data(), polled.size(), deadline);
}

std::error_code wait_for_descriptors(std::vector<pollfd>& polled, steady_clock::time_point deadline,
                                     int wake) {
  polled.push_back({wake, POLLIN, 0});
  const std::error_code failed = wait_for_any(polled.data(), polled.size(), deadline);
  polled.pop_back();
  return failed;
}

}  // namespace detail
}  // namespace iostls
