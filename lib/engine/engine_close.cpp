// SPDX-License-Identifier: Apache-2.0
// Closing a connection.
#include <array>
#include <chrono>
#include <optional>

#include "base/guarded_cast.hpp"
#include "context/context.hpp"
#include "engine/engine.hpp"
#include "engine/operation_guard.hpp"
#include "openssl/error.hpp"
#include "openssl/error_queue.hpp"
#include "openssl/openssl_failure.hpp"
#include "system/sockets.hpp"
#include "system/thread_cancellation.hpp"
#include "transport/nested_transport.hpp"

namespace iostls {
namespace detail {
namespace {

constexpr std::chrono::milliseconds acknowledgement_interval(5);
// How long an operation of this thread itself is waited for: it may be that of a fiber which another thread goes on
// with.
constexpr std::chrono::milliseconds patience_with_own(250);

}  // namespace

// One call of close(). Leaves the transport closed, even if sending the rest fails.
class engine::closing {
 public:
  closing(engine& e, lock& l) noexcept;
  closing(const closing&) = delete;
  closing& operator=(const closing&) = delete;
  ~closing() {
    if (!transport_closed_) static_cast<void>(close_transport());
  }

  void run(const char* rest, std::size_t size, close_kind kind);

 private:
  template <class Step>
  void attempt(Step step);
  void flush_and_close_notify(const char* rest, std::size_t size, close_kind kind);
  bool owes_handshake(close_kind kind);
  void send_close_notify(close_kind kind);
  void add_close_notify(close_kind kind);
  void wait_for_other_threads();
  bool wake_other_threads() noexcept;
  std::error_code drain();
  void await_late_alert();
  bool peer_has_ended() const noexcept;
  bool is_confirmed() const noexcept;
  void finish_nested_transport() noexcept;
  std::error_code close_transport() noexcept;
  bool others_are_inside() const noexcept;
  time_point deadline() const noexcept { return engine_.limits_.closing_deadline(); }

  engine& engine_;
  lock& lock_;
  connection_state& state_;
  transport_bio& bio_;
  transport& transport_;
  nested_transport* const nested_;
  const bool all_arrived_;          // before it began
  const bool had_ended_;            // the peer, before it began
  const std::uint64_t end_before_;  // of the output
  std::optional<ssl_error> lost_;
  bool transport_closed_ = false;
};

void engine::close(const char* rest, std::size_t size, close_kind kind) {
  if (process_.is_abandoned()) return abandon();
  claim("close");
  lock l(monitor_, lock::thread::uncanceled);
  if (state_.closed) return;
  if (monitor_.is_apart_here()) wait_for_turn(l, "close");
  limits_.begin_closing();
  closed_how_ = close_result::lost;  // unless it turns out otherwise
  closing(*this, l).run(rest, size, kind);
}

// Many peers reset the connection once they have received all our output, instead of reading our
// close_notify: so whether it had all arrived is checked first. A thread that is in OpenSSL may be
// changing what would be looked at: then nothing of it counts.
engine::closing::closing(engine& e, lock& l) noexcept
    : engine_(e),
      lock_(l),
      state_(e.state_),
      bio_(e.bio_),
      transport_(*e.transport_),
      nested_(guarded_cast<nested_transport>(&transport_)),
      all_arrived_(!e.monitor_.is_apart() && state_.handshake_done && e.sender_.has_sent_all() &&
                   transport_.output_acknowledged()),
      had_ended_(e.monitor_.is_apart() ? state_.input_ended : peer_has_ended()),
      end_before_(e.monitor_.is_apart() ? 0 : e.sender_.end()) {
  if (nested_ != nullptr) nested_->begin_closing(deadline());
}

void engine::closing::run(const char* rest, std::size_t size, close_kind kind) {
  const bool all_arrived = size == 0 && all_arrived_;
  attempt([&] {
    if (engine_.monitor_.is_apart()) engine_.wait_for_turn(lock_, "close");
    flush_and_close_notify(rest, size, kind);
  });
  engine_.report_unfinished(lock_);
  state_.closed = true;
  if (!all_arrived) wait_for_other_threads();
  std::error_code failed;
  attempt([&] {
    if (!wake_other_threads()) failed = drain();
  });
  if (all_arrived) failed.clear();
  const bool confirmed = is_confirmed();
  const std::error_code on_close = close_transport();
  if (lost_) throw *lost_;
  if (state_.canceled) throw engine_.make_error(ssl_errc::canceled, "close");
  if (failed || on_close) throw engine_.make_error(failed ? failed : on_close, "close");
  engine_.closed_how_ = confirmed ? close_result::delivered : close_result::unconfirmed;
}

// A failure is kept, and thrown when the transport is closed.
template <class Step>
void engine::closing::attempt(Step step) {
  try {
    step();
  } catch (const std::exception& e) {
    if (!lost_) lost_ = as_ssl_error(e);
  }
}

// Sends pending output and close_notify. If output was lost, close_notify is not sent, so that the
// peer sees a truncated connection.
void engine::closing::flush_and_close_notify(const char* rest, std::size_t size, close_kind kind) {
  if (state_.canceled) return;
  if (state_.output_error) {
    if (state_.tls_failed)
      static_cast<void>(engine_.sender_.send_all(lock_, deadline()));  // our alert
    throw *state_.output_error;  // reported before, but success would mean that all output arrived
  }
  std::size_t put = 0;
  if (engine_.in_block_) {
    throw engine_.make_error(ssl_errc::closed, "close", "another thread was writing");
  }
  if (size != 0) engine_.write(lock_, rest, size, put);
  if (owes_handshake(kind)) engine_.ensure_handshake(lock_);
  if (state_.handshake_done) send_close_notify(kind);
}

// An end without close_notify looks like a truncated connection: so a handshake is needed even if
// there was nothing to send. A stream that is destroyed without being closed does not wait for a
// client that has sent nothing, nor if there would be no time limit.
bool engine::closing::owes_handshake(close_kind kind) {
  if (state_.handshake_done || clock::now() >= deadline()) return false;
  if (kind == close_kind::asked_for) return true;
  if (!transport_.lingers()) return false;
  if (!engine_.context_->is_server() || bio_.has_heard()) return true;
  return engine_.receiver_.input_available() && bio_.has_heard();
}

// If the peer did not stay to read the alert, or a server's tickets, that is not our failure.
void engine::closing::send_close_notify(close_kind kind) {
  const std::uint64_t end = engine_.sender_.end();
  const bool has_data = engine_.sender_.has_data();
  // Otherwise it is there already: shutdown_write() ran out of time.
  if (!state_.output_ended) add_close_notify(kind);
  const std::error_code failed = engine_.sender_.send_all(lock_, deadline());
  if (!failed) return;
  // Only the thread that is sending may look at what it sends.
  if (engine_.sender_.is_busy() || (has_data && engine_.sender_.sent() < end)) {
    throw engine_.make_error(failed, "close");
  }
}

// A message of the peer may have come only in part. As with the handshake, a stream that is destroyed does
// not wait for the rest if there would be no time limit. Output that is not encrypted yet has waited for it.
void engine::closing::add_close_notify(close_kind kind) {
  const bool waits = kind == close_kind::asked_for || transport_.lingers();
  if (!waits && SSL_in_init(engine_.ssl_.get()) != 0) {
    engine_.send_gathered(lock_, deadline(), "close");
  }
  engine_.add_close_notify(lock_, waits ? deadline() : at_once, "close");
}

// Old programs call exit() in a signal handler. If the signal has interrupted a wait of this thread, that cannot
// go on before this has ended.
bool engine::closing::others_are_inside() const noexcept {
  const bool interrupts_own = engine_.receiver_.is_busy_here() || engine_.sender_.is_busy_here();
  return engine_.operations_ > (interrupts_own ? 1 : 0);
}

// Waking a thread that reads makes the connection refuse input. If the peer then still sends
// something, it gets a reset, which destroys output under way. So as long as there is output under
// way, such a thread continues to read, as drain() does, and leaves with what arrives. There is no
// event for the acknowledgement of the last byte; it has to be polled.
void engine::closing::wait_for_other_threads() {
  if (!others_are_inside() || state_.canceled || !transport_.lingers()) return;
  engine_.monitor_.notify_all();
  if (!engine_.sender_.is_busy()) engine_.end_transport_output();
  while (others_are_inside() && !state_.canceled && !transport_.output_acknowledged() &&
         clock::now() < deadline()) {
    engine_.monitor_.sleep_on(lock_, clock::now() + acknowledgement_interval);
  }
}

// Wakes the threads that are inside, and waits until they have left. True if there were any.
bool engine::closing::wake_other_threads() noexcept {
  if (engine_.operations_ == 0) return false;
  transport_.cancel();
  engine_.monitor_.notify_all();
  while (others_are_inside()) engine_.monitor_.sleep_on(lock_, never);
  const time_point end = clock::now() + patience_with_own;
  while (engine_.operations_ != 0 && clock::now() < end) engine_.monitor_.sleep_on(lock_, end);
  return true;
}

// Sends FIN and reads until the peer ends, too. Closing a TCP socket with unread input, such as TLS
// 1.3 session tickets, resets the connection, which destroys output under way.
std::error_code engine::closing::drain() {
  if (!state_.handshake_started || state_.canceled) return {};
  engine_.end_transport_output();
  if (!transport_.lingers() || state_.input_ended) return {};
  const bool had_failed = state_.tls_failed;
  await_late_alert();
  while (!bio_.input_ended() && !state_.canceled) {
    if (engine_.receiver_.receive_more(lock_, deadline())) return {};
    await_late_alert();
    if (clock::now() >= deadline()) break;
  }
  return had_failed ? std::error_code() : bio_.input_error();
}

bool engine::closing::peer_has_ended() const noexcept {
  return state_.input_ended || (bio_.input_ended() && !bio_.input_error());
}

// Whether the peer has shown that it has received everything, including our close_notify: by its
// own end, if that came later. Such an end may have crossed our output on the network; but then the
// peer's system has not acknowledged that yet.
bool engine::closing::is_confirmed() const noexcept {
  if (!state_.output_ended || !peer_has_ended()) return false;
  if (all_arrived_ && engine_.sender_.end() == end_before_) return true;
  return had_ended_ ? transport_.output_acknowledged() : !is_some_unacknowledged(transport_.fd());
}

// In TLS 1.3, a server reports only after the handshake that it does not accept the client's
// certificate, and then reads none of its data. Nothing else from the peer matters now. OpenSSL
// gets only the input that is here: the transport's may never end.
void engine::closing::await_late_alert() {
  outcome heard = outcome::done;
  std::array<char, 4096> ignored{};
  while (state_.handshake_done && !state_.tls_failed && heard == outcome::done) {
    std::size_t got = 0;
    bio_.assume_empty();
    heard = engine_.ask(lock_, [&] {
      return SSL_read_ex(engine_.ssl_.get(), ignored.data(), ignored.size(), &got);
    });
  }
  bio_.ahead().release();
  bio_.gathered().release();
  if (heard == outcome::ended) state_.input_ended = true;
  if (heard != outcome::failed) return;
  state_.tls_failed = true;
  if (openssl_failure(bio_.input_error(), state_.handshake_done) == ssl_errc::alert_received) {
    throw engine_.make_error(ssl_errc::alert_received, "close");
  }
  clear_error_queue();
}

// Waits without the lock, so that cancel() reaches it.
void engine::closing::finish_nested_transport() noexcept {
  if (nested_ == nullptr) return;
  lock_.give();
  {
    const no_cancellation uncanceled;
    nested_->finish_closing(deadline());
  }
  lock_.take();
}

std::error_code engine::closing::close_transport() noexcept {
  transport_closed_ = true;
  state_.closed = true;
  wake_other_threads();
  finish_nested_transport();
  {
    const std::lock_guard<std::mutex> open(engine_.transport_mutex_);
    engine_.transport_open_ = false;
  }
  std::error_code on_close = transport_.close();
  // Threads were woken by canceling a connection that is over by then; the program canceled nothing.
  if (nested_ != nullptr && on_close == ssl_errc::canceled && !state_.canceled) on_close.clear();
  if (!engine_.sender_.is_busy_here()) engine_.sender_.drop_all();
  return on_close;
}

}  // namespace detail
}  // namespace iostls
