// SPDX-License-Identifier: Apache-2.0
// The time limits of a connection's operations.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>

#include "base/deadline.hpp"

namespace iostls {
namespace detail {

// A timeout of zero means no limit. All threads may read and set the limits, except those of the
// handshake.
class time_limits {
 public:
  using clock = std::chrono::steady_clock;
  using time_point = clock::time_point;
  using duration = std::chrono::milliseconds;
  static constexpr time_point never = (time_point::max)();

  time_limits(duration handshake, duration close, duration read, duration write) noexcept
      : handshake_timeout_(handshake),
        close_timeout_(close),
        read_timeout_(read),
        write_timeout_(write) {}

  void set_read_timeout(duration limit) noexcept { read_timeout_ = limit; }
  void set_write_timeout(duration limit) noexcept { write_timeout_ = limit; }
  void expires_at(time_point when) noexcept { expiry_ = when; }
  // What another context gives in the place of `before`, but for what was set since, and for the handshake's.
  void replace(const time_limits& before, const time_limits& now) noexcept {
    close_timeout_ = now.close_timeout_;
    duration expected = before.read_timeout_;
    read_timeout_.compare_exchange_strong(expected, now.read_timeout_);
    expected = before.write_timeout_;
    write_timeout_.compare_exchange_strong(expected, now.write_timeout_);
  }
  time_point expiry() const noexcept { return expiry_; }
  duration handshake_timeout() const noexcept { return handshake_timeout_; }

  // The deadline of an operation that begins now. While the connection is being closed, its one
  // deadline replaces all others.
  time_point deadline_in(duration limit) const noexcept {
    if (closing_) return closing_deadline_;
    const time_point expiry = expiry_;
    return limit.count() == 0 ? expiry : std::min(expiry, deadline_after(limit));
  }
  time_point read_deadline() const noexcept { return deadline_in(read_timeout_.load()); }
  time_point write_deadline() const noexcept { return deadline_in(write_timeout_.load()); }

  // To be called by the thread that begins to close. It may be limited by `close_by` in addition.
  void close_by(time_point deadline) noexcept { latest_close_ = deadline; }
  void begin_closing() noexcept {
    closing_deadline_ = std::min(deadline_after(close_timeout_), latest_close_);
    closing_ = true;
  }
  // The deadline for ending TLS without closing.
  time_point unwrapping_deadline() const noexcept {
    return std::min(deadline_in(duration(0)), deadline_after(close_timeout_));
  }
  bool is_closing() const noexcept { return closing_; }
  time_point closing_deadline() const noexcept { return closing_deadline_; }

  // The deadline of the handshake is absolute: before the handshake begins, `handshake_by` may set
  // it. Needs the lock.
  void handshake_by(time_point deadline) noexcept { handshake_deadline_ = deadline; }
  void begin_handshake() noexcept {
    if (handshake_deadline_ != never || handshake_timeout_.count() == 0) return;
    handshake_deadline_ = deadline_after(handshake_timeout_);
  }
  bool handshake_is_overdue() const noexcept { return clock::now() >= handshake_deadline_; }
  time_point handshake_deadline(time_point limit) const noexcept {
    return std::min({handshake_deadline_, deadline_in(duration(0)), limit});
  }

 private:
  const duration handshake_timeout_;
  duration close_timeout_;
  std::atomic<duration> read_timeout_;
  std::atomic<duration> write_timeout_;
  time_point handshake_deadline_ = never;
  time_point latest_close_ = never;
  std::atomic<bool> closing_{false};
  std::atomic<time_point> closing_deadline_{never};
  std::atomic<time_point> expiry_{never};
};

}  // namespace detail
}  // namespace iostls
