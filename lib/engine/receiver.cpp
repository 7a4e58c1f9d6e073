// SPDX-License-Identifier: Apache-2.0
#include "engine/receiver.hpp"

#include "openssl/error.hpp"
#include "system/thread_cancellation.hpp"
#include "transport/transport_calls.hpp"

namespace iostls {
namespace detail {

// A thread that receives without the lock. If it is canceled, it is unknown what it has received.
class receiver::reception {
 public:
  reception(receiver& r, lock& l) noexcept : receiver_(r), lock_(l) {
    r.receiving_ = this_thread_token();
    r.bio_.set_busy(true);
    l.give();
  }
  reception(const reception&) = delete;
  reception& operator=(const reception&) = delete;
  ~reception() {
    lock_.take();
    receiver_.monitor_.wait_for_openssl(lock_);
    receiver_.receiving_ = 0;
    ++receiver_.receipts_;
    receiver_.bio_.set_busy(false);
    if (!ended_) abandon();
  }

  void ends() noexcept { ended_ = true; }

 private:
  void abandon() noexcept {
    receiver_.bio_.ahead().release();
    receiver_.state_.lose_input(make_error(ssl_errc::canceled, "read"));
    receiver_.monitor_.notify_all();
  }

  receiver& receiver_;
  lock& lock_;
  bool ended_ = false;
};

bool receiver::input_available() {
  const no_cancellation uncanceled;
  if (is_busy() || !bio_.look()) return false;
  ++receipts_;
  monitor_.notify_all();
  return true;
}

std::error_code receiver::receive(lock& l, unsigned seen, time_point deadline) {
  if (receipts_ != seen) return {};
  if (is_busy()) return await_other(l, seen, deadline);
  if (bio_.has_input() || bio_.input_ended()) return {};
  if (l.is_wakeable() && is_woken(reported_wakes_) && time_limits::clock::now() < deadline) {
    return input_available() ? std::error_code() : report_wake();  // input comes first
  }
  return receive_more(l, deadline);
}

std::error_code receiver::await_other(lock& l, unsigned seen, time_point deadline) {
  const unsigned wakes = reported_wakes_;
  const auto woken = [&] { return l.is_wakeable() && is_woken(wakes); };
  const auto news = [&] { return receipts_ != seen || state_.closed || woken(); };
  if (!monitor_.wait_for_change(l, deadline, news)) return ssl_errc::timed_out;
  const bool has_come = !is_busy() && (bio_.has_input() || bio_.input_ended());
  const bool is_over = state_.closed || state_.canceled;
  return !has_come && !is_over && woken() ? report_wake() : std::error_code();
}

std::error_code receiver::report_wake() noexcept {
  reported_wakes_ = wakes_;
  return ssl_errc::woken;
}

std::error_code receiver::receive_more(lock& l, time_point deadline) {
  const unsigned wakes = reported_wakes_;  // a wake may have come since these were looked at
  const std::size_t size = bio_.ahead_size();
  char* const room = bio_.ahead().prepare(size);
  io_result r;
  {
    reception outside(*this, l);
    r = wait_and_read(bio_.attached(), room, size, deadline);
    if (is_would_block(r.error)) pace_.rest(deadline);
    outside.ends();
  }
  const bool timed_out = is_timed_out(r.error);
  if (r.count == 0 && (timed_out || state_.canceled)) {
    bio_.ahead().release();
  } else {
    bio_.deposit(r);
  }
  monitor_.notify_all();
  if (is_would_block(r.error) && l.is_wakeable() && is_woken(wakes)) return report_wake();
  return timed_out ? r.error : std::error_code();
}

}  // namespace detail
}  // namespace iostls
