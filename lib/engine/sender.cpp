// SPDX-License-Identifier: Apache-2.0
#include "engine/sender.hpp"

#include <algorithm>
#include <chrono>

#include "base/deadline.hpp"
#include "base/pace.hpp"
#include "openssl/error.hpp"
#include "system/thread_cancellation.hpp"
#include "transport/transport_calls.hpp"

namespace iostls {
namespace detail {

using std::chrono::steady_clock;

// A thread that sends without the lock. If it is canceled, it is unknown what it has sent.
class sender::sending {
 public:
  sending(sender& s, lock& l) noexcept : sender_(s), lock_(l) {
    s.sending_ = this_thread_token();
    l.give();
  }
  sending(const sending&) = delete;
  sending& operator=(const sending&) = delete;
  ~sending() {
    lock_.take();
    sender_.sending_ = 0;
    if (!ended_) sender_.state_.lose_output(make_error(ssl_errc::canceled, "write"));
    sender_.monitor_.notify_all();
  }

  void ends() noexcept { ended_ = true; }

 private:
  sender& sender_;
  lock& lock_;
  bool ended_ = false;
};

std::error_code sender::send_all(lock& l, time_point deadline) {
  // After cancel(), another thread may be in OpenSSL, and add to what is gathered.
  while (state_.canceled || !has_sent_all()) {
    if (!monitor_.wait_for_change(l, deadline, [this] { return !is_busy(); })) {
      return ssl_errc::timed_out;
    }
    if (state_.canceled) return std::make_error_code(std::errc::operation_canceled);
    take_out();
    more_to_send_ = false;
    if (outgoing_.empty()) return {};
    const std::error_code failed = send_first(l, outgoing_.size(), deadline);
    if (failed) return failed;
  }
  more_to_send_ = false;
  return {};
}

std::error_code sender::send_handshake(lock& l, time_point deadline) {
  while (has_handshake()) {
    take_out();
    if (outgoing_.empty()) return {};  // dropped, by a handshake that has failed
    const std::size_t size = std::min<std::uint64_t>(handshake_end_ - sent(), outgoing_.size());
    const std::error_code failed = send_first(l, size, deadline);
    if (failed) return failed;
  }
  return more_to_send_ ? send_all(l, deadline) : std::error_code();
}

void sender::try_to_send() noexcept {
  if (is_busy()) return;
  const no_cancellation uncanceled;
  take_out();
  static_cast<void>(write_out(outgoing_.size(), at_once));
}

void sender::drop_all() noexcept {
  outgoing_.release();
  bio_.gathered().release();
}

// For the thread that is to send.
void sender::take_out() noexcept {
  if (!outgoing_.empty()) return;
  outgoing_.swap(bio_.gathered());
  taken_out_ += outgoing_.size();
}

// Sends this much of `outgoing_`.
std::error_code sender::send_first(lock& l, std::size_t size, time_point deadline) {
  std::error_code failed;
  {
    sending outside(*this, l);
    failed = write_out(size, deadline);
    outside.ends();
  }
  if (failed) return failed;
  return monitor_.wait_for_change(l, deadline, [] { return true; }) ? failed : ssl_errc::timed_out;
}

std::error_code sender::write_out(std::size_t size, time_point deadline) {
  pace between;
  while (size != 0) {
    const io_result r = write_or_wait(bio_.attached(), outgoing_.data(), size, deadline);
    bio_.count_sent({outgoing_.data(), r.count});
    outgoing_.drop(r.count);
    size -= r.count;
    if (r.error && !is_would_block(r.error)) return r.error;
    if (r.error && steady_clock::now() >= deadline) return ssl_errc::timed_out;
    if (state_.canceled && size != 0) return std::make_error_code(std::errc::operation_canceled);
    if (r.count == 0) between.rest(deadline);
  }
  return {};
}

}  // namespace detail
}  // namespace iostls
