// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <utility>

#include <iostls/transport.hpp>

#include "base/deadline.hpp"
#include "openssl/error.hpp"
#include "system/descriptor_wait.hpp"
#include "system/input_wait.hpp"
#include "system/only_thread.hpp"
#include "system/sockets.hpp"
#include "system/wake_pipe.hpp"
#include "transport/descriptor_transport.hpp"
#include "transport/socket_options.hpp"
#include "transport/transport_calls.hpp"

namespace iostls {
namespace {

using std::chrono::seconds;

io_result result_of(std::ptrdiff_t n) noexcept {
  if (n >= 0) return {static_cast<std::size_t>(n), {}};
  if (errno == EAGAIN || errno == EWOULDBLOCK) {
    return {0, std::make_error_code(std::errc::operation_would_block)};
  }
  return {0, detail::system_code(errno)};
}

// Whether the result of a call that waits by itself is final; if not, `wait` does the waiting.
bool is_conclusive(std::ptrdiff_t result) noexcept {
  return result >= 0 || (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR);
}

}  // namespace

socket_transport::socket_transport(int fd)
    : fd_(fd),
      input_(std::make_unique<detail::input_wait>()),
      is_socket_(detail::names_socket(fd)) {
  if (is_socket_) detail::require_stream_socket(fd, "open");
  bool usable = is_socket_ || detail::names_pipe(fd);
  if (usable && !(is_socket_ && detail::shutting_down_wakes())) {
    cancel_ = std::make_unique<detail::wake_pipe>();
    usable = cancel_->open();
  }
  if (usable && is_socket_) detail::prepare_socket(fd);
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
  detail::wait_limit limit;
  if (!detail::get_wait_limit(fd_, what, limit)) return detail::system_code(errno);
  if (!limit.is_none()) deadline = std::min(deadline, limit.end(began));
  return {};
}

std::error_code socket_transport::wait(event what, time_point deadline) {
  if (cancel_ && !cancel_->open()) return detail::system_code(errno);
  const int cancel = cancel_ ? cancel_->fd() : -1;
  if (what == event::readable) return wait_for_input(deadline, cancel);
  const time_point now = std::chrono::steady_clock::now();
  if (const std::error_code failed = limit_wait(what, now, deadline)) return failed;
  return detail::wait_for_descriptor(fd_, what, deadline, cancel);
}

// Only if the wait is not over soon, the limit of the socket is asked for, which takes a system call.
std::error_code socket_transport::wait_for_input(time_point deadline, int cancel) {
  const bool is_brief = !input_->takes_long();
  if (is_brief) {
    const std::error_code came = detail::input_wait::begin(fd_, deadline, cancel);
    if (!detail::is_timed_out(came)) return came;
  }
  const time_point now = std::chrono::steady_clock::now();
  if (is_brief && now >= deadline) return ssl_errc::timed_out;
  const time_point began = is_brief ? now - detail::input_wait::short_wait : now;
  if (const std::error_code failed = limit_wait(event::readable, began, deadline)) return failed;
  return input_->go_on(fd_, began, deadline, cancel);
}

void socket_transport::shutdown_write() noexcept {
  if (is_socket_) detail::shut_down_output(fd_);
}

void socket_transport::cancel() noexcept {
  if (is_socket_) detail::shut_down(fd_);
  if (cancel_) cancel_->wake();
}

std::error_code socket_transport::close() noexcept {
  if (cancel_) cancel_->close();
  const int fd = std::exchange(fd_, -1);
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
  if (is_socket_ && fd_ >= 0) detail::hand_back_socket(fd_);
  return std::exchange(fd_, -1);
}

namespace detail {

// A blocking descriptor returns EAGAIN only when SO_SNDTIMEO has passed.
bool descriptor_transport::gave_up(std::ptrdiff_t result) const noexcept {
  return result < 0 && (errno == EAGAIN || errno == EWOULDBLOCK) && is_blocking(fd());
}

// Calls nothing by way of the virtual functions, and reads once.
io_result descriptor_transport::wait_and_read(void* data, std::size_t size, time_point deadline) {
  if (deadline == (time_point::max)() && is_only_thread() && is_socket()) {
    const std::ptrdiff_t n = receive_waiting(fd(), data, size);
    if (is_conclusive(n)) return result_of(n);
    if (gave_up(n)) return {0, ssl_errc::timed_out};
  }
  if (const std::error_code waited = socket_transport::wait(event::readable, deadline)) {
    return {0, waited};
  }
  const io_result r = socket_transport::read_some(data, size);
  return is_would_block(r.error) ? transport::wait_and_read(data, size, deadline) : r;
}

io_result descriptor_transport::write_or_wait(const void* data, std::size_t size,
                                              time_point deadline) {
  if (is_socket() && deadline == (time_point::max)()) {
    const std::ptrdiff_t n = send_waiting(fd(), data, size);
    if (is_conclusive(n)) return result_of(n);
    if (gave_up(n)) return {0, ssl_errc::timed_out};
  }
  return transport::write_or_wait(data, size, deadline);
}

}  // namespace detail
}  // namespace iostls
