// SPDX-License-Identifier: Apache-2.0
// The end of a connection.
#include <array>
#include <chrono>

#include "base/deadline.hpp"
#include "context/context.hpp"
#include "engine/engine.hpp"
#include "engine/operation_guard.hpp"
#include "openssl/error.hpp"
#include "openssl/error_queue.hpp"
#include "openssl/openssl_failure.hpp"
#include "system/sockets.hpp"
#include "transport/transport_calls.hpp"

namespace iostls {
namespace detail {
namespace {

constexpr std::chrono::milliseconds acknowledgement_interval(5);

}  // namespace

void engine::shutdown_write() {
  visit v(*this, "close");
  if (output_error_) throw *output_error_;
  if (!output_ended_) {
    ensure_handshake(v.held());
    add_close_notify();
  }
  send_gathered(v.held(), deadline_in(write_timeout_.load()), "close");
  const no_cancellation uncanceled;
  transport_->shutdown_write();
}

// The alert joins what has gathered. SSL_shutdown is called this once: a second call would read,
// and take application data for an error.
void engine::add_close_notify() {
  if (output_error_) throw *output_error_;  // by another thread, while this one sent
  output_ended_ = true;
  clear_error_queue();
  if (SSL_shutdown(ssl_.get()) < 0) fail("close");
  clear_error_queue();
}

void engine::cancel() noexcept {
  if (is_inherited() || canceled_.exchange(true)) return;
  interrupt(&transport::cancel);
}

void engine::wake() noexcept {
  if (is_inherited()) return;
  ++wakes_;
  interrupt(&transport::wake);
}

// Waits for nothing that a function of the options, or a transport, may take long for.
void engine::interrupt(void (transport::*reach)() noexcept) noexcept {
  const no_cancellation uncanceled;
  {
    const std::lock_guard<std::mutex> open(transport_mutex_);
    if (transport_open_) (transport_.get()->*reach)();
  }
  // A thread that has looked at `canceled_`, or `wakes_`, before holds the mutex until it waits.
  if (!is_held_here()) {
    const std::lock_guard<std::mutex> l(mutex_);
  }
  changed_.notify_all();
}

// Leaves the transport closed, whatever comes of saying goodbye.
class engine::ending {
 public:
  ending(engine& e, lock& l) noexcept : engine_(e), lock_(l) {}
  ending(const ending&) = delete;
  ending& operator=(const ending&) = delete;
  ~ending() {
    if (!ended_) now();
  }

  std::error_code now() noexcept {
    ended_ = true;
    engine_.closed_ = true;
    engine_.wake_other_threads(lock_);
    {
      const std::lock_guard<std::mutex> open(engine_.transport_mutex_);
      engine_.transport_open_ = false;
    }
    const std::error_code on_close = engine_.transport_->close();
    engine_.outgoing_.release();
    engine_.bio_.gathered().release();
    return on_close;
  }

 private:
  engine& engine_;
  lock& lock_;
  bool ended_ = false;
};

// The mutex may be held by a thread that exists in the parent process only.
void engine::abandon() noexcept {
  if (transport_open_) transport_->abandon();
  transport_open_ = false;
  closed_ = true;
  closed_how_ = close_result::unconfirmed;
}

void engine::close(const char* rest, std::size_t size, close_kind kind) {
  if (is_abandoned()) return abandon();
  claim("close");
  lock l(*this, lock::thread::uncanceled);
  if (closed_) return;
  if (is_apart() && apart_ == this_thread_token()) wait_for_turn(l, "close");
  closing_deadline_ = deadline_after(close_timeout_);
  closing_ = true;
  closed_how_ = close_result::lost;  // unless it turns out otherwise
  ending at_last(*this, l);
  // Many peers reset the connection when they have got all of our output, instead of reading our
  // close_notify.
  const bool all_arrived = handshake_done_ && size == 0 && !sending_ && outgoing_.empty() &&
                           !is_apart() && bio_.gathered().empty() &&
                           transport_->output_acknowledged();
  const bool had_ended = peer_has_ended();
  std::optional<ssl_error> lost;
  try {
    if (is_apart()) wait_for_turn(l, "close");
    flush_and_close_notify(l, rest, size, kind);
  } catch (const std::exception& e) {
    lost = as_ssl_error(e);
  }
  closed_ = true;
  std::error_code failed;
  if (!all_arrived) wait_for_other_threads(l);
  try {
    if (!wake_other_threads(l)) failed = drain(l);
  } catch (const std::exception& e) {
    if (!lost) lost = as_ssl_error(e);
  }
  if (all_arrived) failed.clear();
  const bool confirmed = is_confirmed(had_ended);
  const std::error_code on_close = at_last.now();
  if (lost) throw *lost;
  if (canceled_) throw make_error(ssl_errc::canceled, "close");
  if (failed || on_close) throw make_error(failed ? failed : on_close, "close");
  closed_how_ = confirmed ? close_result::delivered : close_result::unconfirmed;
}

// Sends what is left and says that this was all. Where output is lost, nothing is said, so that the
// peer sees a connection that was cut.
void engine::flush_and_close_notify(lock& l, const char* rest, std::size_t size, close_kind kind) {
  if (canceled_) return;
  if (output_error_) {
    if (tls_failed_) static_cast<void>(push(l, closing_deadline_));  // our alert
    throw *output_error_;  // told before, but success would mean that all output arrived
  }
  std::size_t put = 0;
  if (in_block_) throw make_error(ssl_errc::closed, "close", "another thread was writing");
  if (size != 0) write(l, rest, size, put);
  if (owes_handshake(kind)) ensure_handshake(l);
  if (handshake_done_) send_close_notify(l);
}

// An end without a close_notify looks like a connection that was cut: hence a handshake, even if there
// was nothing to send. A stream that is destroyed unclosed does not wait for a client that has sent
// nothing, nor where nothing bounds the wait.
bool engine::owes_handshake(close_kind kind) {
  if (handshake_done_ || clock::now() >= closing_deadline_.load()) return false;
  if (kind == close_kind::asked_for) return true;
  if (!transport_->lingers()) return false;
  if (!state_->is_server() || bio_.has_heard()) return true;
  return input_available() && bio_.has_heard();
}

// That the peer did not stay to hear the alert is its own affair, and so are a server's tickets.
void engine::send_close_notify(lock& l) {
  const std::uint64_t end = output_end();
  const bool has_data = end > handshake_end_;
  if (!output_ended_) add_close_notify();  // else it is there: shutdown_write() ran out of time
  const std::error_code failed = push(l, closing_deadline_);
  if (!failed) return;
  // What another thread is sending, only that thread may look at.
  if (sending_ || (has_data && taken_out_ - outgoing_.size() < end)) {
    throw make_error(failed, "close");
  }
}

// Waking a thread that reads makes the connection refuse input, and a peer that sends nevertheless
// resets it, which destroys output under way. So as long as there is some, such a thread goes on
// taking in, as drain() does, and leaves with what comes. Nothing tells that the last byte was
// acknowledged but another look.
void engine::wait_for_other_threads(lock& l) {
  if (operations_ == 0 || canceled_ || !transport_->lingers()) return;
  changed_.notify_all();
  if (!sending_) transport_->shutdown_write();
  while (operations_ != 0 && !canceled_ && !transport_->output_acknowledged() &&
         clock::now() < closing_deadline_.load()) {
    sleep_on(l, clock::now() + acknowledgement_interval);
  }
}

// Wakes the threads that are inside, and waits until they have left. True if there were any.
bool engine::wake_other_threads(lock& l) noexcept {
  if (operations_ == 0) return false;
  transport_->cancel();
  changed_.notify_all();
  while (operations_ != 0) sleep_on(l, never);
  return true;
}

// Sends FIN and takes in input until the peer ends, too. Closing a TCP socket that has unread
// input, such as TLS 1.3 session tickets, resets the connection, which destroys output under way.
std::error_code engine::drain(lock& l) {
  if (!handshake_started_ || canceled_) return {};
  transport_->shutdown_write();
  if (!transport_->lingers() || input_ended_) return {};
  const bool had_failed = tls_failed_;
  await_late_alert(l);
  while (!bio_.input_ended() && !canceled_) {
    const std::size_t size = bio_.ahead_size();
    char* const room = bio_.ahead().prepare(size);
    const io_result r = drain_some(l, room, size);
    if (is_timed_out(r.error)) return {};
    bio_.deposit(r);
    await_late_alert(l);
    if (clock::now() >= closing_deadline_.load()) break;
  }
  return had_failed ? std::error_code() : bio_.input_error();
}

bool engine::peer_has_ended() const noexcept {
  return input_ended_ || (bio_.input_ended() && !bio_.input_error());
}

// Whether the peer has shown that it got all, our close_notify included: by an end of its own, where
// that came later. Such an end may also have crossed our output on its way; but then the peer's system
// has not acknowledged that yet.
bool engine::is_confirmed(bool had_ended) const noexcept {
  if (!output_ended_ || !peer_has_ended()) return false;
  return had_ended ? transport_->output_acknowledged() : !is_some_unacknowledged(transport_->fd());
}

io_result engine::drain_some(lock& l, char* room, std::size_t size) {
  const time_point deadline = closing_deadline_;
  const outside from_inside(l);
  const io_result r = wait_and_read(*transport_, room, size, deadline);
  if (is_would_block(r.error)) reception_pace_.rest(deadline);
  return r;
}

// In TLS 1.3, a server says only after the handshake that it does not accept the client's certificate,
// and takes none of its data then. What else a peer says is of no interest any more. OpenSSL takes only
// what is here: there may be no end of what the transport has.
void engine::await_late_alert(lock& l) {
  outcome heard = outcome::done;
  std::array<char, 4096> ignored{};
  while (handshake_done_ && !tls_failed_ && heard == outcome::done) {
    std::size_t got = 0;
    bio_.assume_empty();
    heard = ask(l, [&] { return SSL_read_ex(ssl_.get(), ignored.data(), ignored.size(), &got); });
  }
  bio_.ahead().release();
  bio_.gathered().release();
  if (heard == outcome::ended) input_ended_ = true;
  if (heard != outcome::failed) return;
  tls_failed_ = true;
  if (openssl_failure(bio_.input_error(), handshake_done_) == ssl_errc::alert_received) {
    throw make_error(ssl_errc::alert_received, "close");
  }
  clear_error_queue();
}

}  // namespace detail
}  // namespace iostls
