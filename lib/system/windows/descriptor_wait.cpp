// SPDX-License-Identifier: Apache-2.0
#include "system/descriptor_wait.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstddef>

#include <iostls/ssl_error.hpp>

#include "system/error_number.hpp"
#include "system/windows/winsock.hpp"

namespace iostls {
namespace detail {
namespace {

using std::chrono::steady_clock;

// Rounded up, so that a wait never spins through its last millisecond.
long long milliseconds_until(steady_clock::time_point deadline) noexcept {
  if (deadline == (steady_clock::time_point::max)()) return -1;
  const auto now = steady_clock::now();
  if (deadline <= now) return 0;
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - now).count();
  return std::min<long long>(left, INT_MAX - 1) + 1;
}

// WSAPoll passes over no invalid socket, and fails if there is none at all. The last one of these is
// `wake`.
std::error_code wait_for_any(WSAPOLLFD* polled, std::size_t count, bool is_wakeable,
                             steady_clock::time_point deadline) {
  const auto asked = static_cast<ULONG>(is_wakeable ? count : count - 1);
  for (;;) {
    const int limit = static_cast<int>(milliseconds_until(deadline));
    if (asked == 0) ::Sleep(limit < 0 ? INFINITE : static_cast<DWORD>(limit));
    const int n = asked == 0 ? 0 : ::WSAPoll(polled, asked, limit);
    if (n > 0) {
      if (!is_wakeable || polled[count - 1].revents == 0) return {};
      return std::make_error_code(std::errc::operation_canceled);
    }
    if (n == 0 && steady_clock::now() >= deadline) return ssl_errc::timed_out;
    if (n < 0) return system_code(errno_of_winsock(::WSAGetLastError()));
  }
}

// WSAPoll reports no failed attempt to connect before Windows 10, version 2004; select does.
class connection_sets {
 public:
  connection_sets(const std::vector<int>& fds, int wake) : wake_(wake) {
    FD_ZERO(&read_);
    FD_ZERO(&written_);
    FD_ZERO(&failed_);
    for (const int fd : fds) {
      put(fd, written_);
      put(fd, failed_);
    }
    if (wake >= 0) put(wake, read_);
  }

  int wait(steady_clock::time_point deadline) noexcept {
    const long long limit = milliseconds_until(deadline);
    timeval time = {static_cast<long>(limit / 1000), static_cast<long>(limit % 1000) * 1000};
    return ::select(0, &read_, &written_, &failed_, limit < 0 ? nullptr : &time);
  }

  bool woken() noexcept { return wake_ >= 0 && FD_ISSET(socket_of(wake_), &read_); }
  bool ended(int fd) noexcept {
    return FD_ISSET(socket_of(fd), &written_) || FD_ISSET(socket_of(fd), &failed_);
  }

 private:
  // Those beyond the size of a set are looked at when some of the others have ended.
  static void put(int fd, fd_set& set) noexcept {
    if (set.fd_count < FD_SETSIZE) set.fd_array[set.fd_count++] = socket_of(fd);
  }

  int wake_;
  fd_set read_;
  fd_set written_;
  fd_set failed_;
};

}  // namespace

std::error_code wait_for_descriptor(int fd, transport::event what,
                                    steady_clock::time_point deadline, int wake) {
  const auto events =
      static_cast<SHORT>(what == transport::event::readable ? POLLRDNORM : POLLWRNORM);
  std::array<WSAPOLLFD, 2> polled = {
      {{socket_of(fd), events, 0}, {socket_of(wake), POLLRDNORM, 0}}};
  return wait_for_any(polled.data(), polled.size(), wake >= 0, deadline);
}

std::error_code wait_briefly_for_input(int fd, std::chrono::milliseconds limit,
                                       steady_clock::time_point deadline, int wake) {
  return wait_for_descriptor(fd, transport::event::readable,
                             std::min(deadline, steady_clock::now() + limit), wake);
}

std::error_code wait_for_input(int fd, int other, bool& is_first, steady_clock::time_point deadline,
                               int wake) {
  std::array<WSAPOLLFD, 3> polled = {{{socket_of(fd), POLLRDNORM, 0},
                                      {socket_of(other), POLLRDNORM, 0},
                                      {socket_of(wake), POLLRDNORM, 0}}};
  const std::error_code failed = wait_for_any(polled.data(), polled.size(), wake >= 0, deadline);
  is_first = polled[0].revents != 0;
  return failed;
}

std::error_code wait_for_wake(steady_clock::time_point deadline, int wake) {
  WSAPOLLFD polled = {socket_of(wake), POLLRDNORM, 0};
  return wait_for_any(&polled, 1, wake >= 0, deadline);
}

std::error_code wait_for_connections(const std::vector<int>& fds, std::vector<bool>& ended,
                                     steady_clock::time_point deadline, int wake) {
  for (;;) {
    connection_sets sets(fds, wake);
    const int n = sets.wait(deadline);
    if (n < 0) return system_code(errno_of_winsock(::WSAGetLastError()));
    ended.clear();
    for (const int fd : fds) ended.push_back(n > 0 && sets.ended(fd));
    if (n > 0 && sets.woken()) return std::make_error_code(std::errc::operation_canceled);
    if (n > 0) return {};
    if (steady_clock::now() >= deadline) return ssl_errc::timed_out;
  }
}

}  // namespace detail
}  // namespace iostls
