// SPDX-License-Identifier: Apache-2.0
#include "relay.hpp"

#include <algorithm>
#include <cerrno>

#include "socket_calls.hpp"

namespace iostls {
namespace test {
void relay::direction::limit(std::uint64_t bytes, bool reset) {
  const std::lock_guard<std::mutex> hold(lock_);
  limit_ = bytes;
  reset_ = reset;
  changed_.notify_all();
}

// What a piece that is under way was told still holds for it, and it might take in what comes next.
void relay::direction::settle(std::unique_lock<std::mutex>& hold) {
  changed_.wait_for(hold, std::chrono::seconds(1), [this] { return !moving_ || stopped_; });
}

void relay::direction::delay(std::chrono::milliseconds each) {
  std::unique_lock<std::mutex> hold(lock_);
  settle(hold);
  delay_ = each;
}

void relay::direction::split(std::size_t size) {
  std::unique_lock<std::mutex> hold(lock_);
  settle(hold);
  piece_ = size;
}

void relay::direction::hold() {
  const std::lock_guard<std::mutex> hold(lock_);
  held_ = true;
}

void relay::direction::release() {
  const std::lock_guard<std::mutex> hold(lock_);
  held_ = false;
  changed_.notify_all();
}

std::uint64_t relay::direction::bytes() const {
  const std::lock_guard<std::mutex> hold(lock_);
  return bytes_;
}

bool relay::direction::wait_for(std::uint64_t bytes, std::chrono::milliseconds limit) const {
  std::unique_lock<std::mutex> hold(lock_);
  return changed_.wait_for(hold, limit, [&] { return bytes_ >= bytes; });
}

void relay::direction::stop() {
  const std::lock_guard<std::mutex> hold(lock_);
  stopped_ = true;
  changed_.notify_all();
}

void relay::direction::forwarded(std::size_t size) {
  const std::lock_guard<std::mutex> hold(lock_);
  bytes_ += size;
  moving_ = false;
  changed_.notify_all();
}

bool relay::direction::exhausted() const {
  const std::lock_guard<std::mutex> hold(lock_);
  return bytes_ >= limit_;
}

// Not by a call that blocks: on Windows, no shutdown by another thread ends one.
bool relay::direction::has_input(int from) const {
  while (!wait_readable(from, std::chrono::milliseconds(100))) {
    const std::lock_guard<std::mutex> hold(lock_);
    if (stopped_) return false;
  }
  return peek_byte(from);
}

// Waits until there is something to forward and leave to do so.
relay::direction::step relay::direction::next(int from) {
  const bool waits = !exhausted() && has_input(from);
  std::unique_lock<std::mutex> hold(lock_);
  if (waits && delay_.count() != 0) changed_.wait_for(hold, delay_, [&] { return stopped_; });
  changed_.wait(hold, [&] { return stopped_ || !held_; });
  step s;
  const std::uint64_t left = limit_ - std::min(limit_, bytes_);
  s.size = static_cast<std::size_t>(std::min<std::uint64_t>(piece_, left));
  s.proceed = !stopped_ && s.size != 0;
  s.reset = s.size == 0 && reset_;
  moving_ = s.proceed && waits;
  return s;
}

relay::relay(int receive_buffer)
    : left_(tcp_pair(receive_buffer)), right_(tcp_pair(receive_buffer)) {
  right_thread_ = std::thread([this] { forward(to_right_, left_.b, right_.b); });
  left_thread_ = std::thread([this] { forward(to_left_, right_.b, left_.b); });
}

relay::~relay() {
  cut();
  right_thread_.join();
  left_thread_.join();
}

void relay::forward(direction& way, const descriptor& from, const descriptor& to) {
  for (;;) {
    const direction::step step = way.next(from.get());
    if (!step.proceed) return end(step.reset);
    std::string data(step.size, '\0');
    const std::ptrdiff_t n = receive_some(from.get(), &data[0], data.size());
    if (n == 0) {
      end_output(to.get());
      return;
    }
    if (n < 0) return end(errno == ECONNRESET);
    data.resize(static_cast<std::size_t>(n));
    if (!write_raw(to.get(), data)) return end(true);
    way.forwarded(data.size());
  }
}

void relay::end(bool reset) {
  const std::lock_guard<std::mutex> hold(end_lock_);
  end_both(left_.b.get(), reset);
  end_both(right_.b.get(), reset);
  to_right_.stop();
  to_left_.stop();
}

}  // namespace test
}  // namespace iostls
