// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cerrno>

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <iostls/transport.hpp>

#include "base/deadline.hpp"
#include "openssl/error.hpp"
#include "system/descriptor_wait.hpp"
#include "system/input_wait.hpp"
#include "system/sockets.hpp"
#include "system/wake_pipe.hpp"
#include "transport/descriptor_transport.hpp"

namespace iostls {
namespace {

using std::chrono::seconds;

bool names_socket(int fd) noexcept {
  int type = 0;
  socklen_t size = sizeof type;
  return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0;
}

io_result result_of(ssize_t n) noexcept {
  if (n >= 0) return {static_cast<std::size_t>(n), {}};
  if (errno == EAGAIN || errno == EWOULDBLOCK) {
    return {0, std::make_error_code(std::errc::operation_would_block)};
  }
  return {0, detail::system_code(errno)};
}

// Whether the result of a call that waits by itself is final; if not, poll(2) does the waiting.
bool is_conclusive(ssize_t result) noexcept {
  return result >= 0 || (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR);
}

}  // namespace

socket_transport::socket_transport(int fd)
    : fd_(fd), input_(std::make_unique<detail::input_wait>()), is_socket_(names_socket(fd)) {
  if (is_socket_) detail::prepare_socket(fd);
  bool usable = is_socket_ || fcntl(fd, F_GETFD) != -1;
  if (usable && !is_socket_) {
    cancel_ = std::make_unique<detail::wake_pipe>();
    usable = cancel_->open();
  }
  if (usable) return;
  const std::error_code code = detail::system_code(errno);
  throw detail::make_error(code, "open", "descriptor " + std::to_string(fd));
}

socket_transport::~socket_transport() { static_cast<void>(socket_transport::close()); }

io_result socket_transport::read_some(void* data, std::size_t size) {
  return result_of(is_socket_ ? detail::receive_now(fd_, data, size)
                              : detail::read_now(fd_, data, size));
}

io_result socket_transport::write_some(const void* data, std::size_t size) {
  return result_of(is_socket_ ? detail::send_now(fd_, data, size)
                              : detail::write_now(fd_, data, size));
}

// SO_RCVTIMEO and SO_SNDTIMEO count from the beginning of the wait.
std::error_code socket_transport::limit_wait(event what, time_point began,
                                             time_point& deadline) const noexcept {
  if (!is_socket_) return {};
  struct timeval limit {};
  socklen_t size = sizeof limit;
  const int option = what == event::readable ? SO_RCVTIMEO : SO_SNDTIMEO;
  if (getsockopt(fd_, SOL_SOCKET, option, &limit, &size) != 0) return detail::system_code(errno);
  if (limit.tv_sec != 0 || limit.tv_usec != 0) {
    // In microseconds, the longest limits would overflow.
    const time_point end = detail::deadline_after(seconds(limit.tv_sec) + seconds(1));
    const auto passed = std::chrono::steady_clock::now() - began;
    deadline = std::min<time_point>(
        deadline, end - seconds(1) - passed + std::chrono::microseconds(limit.tv_usec));
  }
  return {};
}

std::error_code socket_transport::wait(event what, time_point deadline) {
  const time_point began = std::chrono::steady_clock::now();
  const int cancel = cancel_ ? cancel_->fd() : -1;
  if (what == event::readable) {
    const std::error_code came = detail::input_wait::begin(fd_, deadline, cancel);
    if (came != ssl_errc::timed_out || std::chrono::steady_clock::now() >= deadline) return came;
  }
  if (const std::error_code failed = limit_wait(what, began, deadline)) return failed;
  if (what == event::readable) return input_->go_on(fd_, deadline, cancel);
  return detail::wait_for_descriptor(fd_, POLLOUT, deadline, cancel);
}

void socket_transport::shutdown_write() noexcept {
  if (is_socket_) static_cast<void>(::shutdown(fd_, SHUT_WR));
}

void socket_transport::cancel() noexcept {
  if (is_socket_) {
    static_cast<void>(::shutdown(fd_, SHUT_RDWR));
  } else {
    cancel_->wake();
  }
}

std::error_code socket_transport::close() noexcept {
  if (cancel_) cancel_->close();
  const int fd = release();
  // After EINTR the descriptor is closed on Linux; repeating might close another thread's.
  if (fd >= 0 && !detail::close_descriptor(fd) && errno != EINTR) return detail::system_code(errno);
  return {};
}

void socket_transport::abandon() noexcept { static_cast<void>(socket_transport::close()); }

bool socket_transport::output_acknowledged() const noexcept {
  return is_socket_ && detail::is_all_acknowledged(fd_);
}

int socket_transport::fd() const noexcept { return fd_; }

void socket_transport::wake() noexcept { input_->wake(); }

int socket_transport::release() noexcept {
  const int fd = fd_;
  fd_ = -1;
  return fd;
}

namespace detail {

// A blocking descriptor returns EAGAIN only when SO_SNDTIMEO has passed.
bool descriptor_transport::gave_up(ssize_t result) const noexcept {
  if (result >= 0 || (errno != EAGAIN && errno != EWOULDBLOCK)) return false;
  const int flags = fcntl(fd(), F_GETFL);
  return flags >= 0 && (flags & O_NONBLOCK) == 0;
}

io_result descriptor_transport::write_or_wait(const void* data, std::size_t size,
                                              time_point deadline) {
  if (is_socket() && deadline == (time_point::max)()) {
    const ssize_t n = send_waiting(fd(), data, size);
    if (is_conclusive(n)) return result_of(n);
    if (gave_up(n)) return {0, ssl_errc::timed_out};
  }
  return transport::write_or_wait(data, size, deadline);
}

}  // namespace detail
}  // namespace iostls
