// SPDX-License-Identifier: Apache-2.0
// Input: decrypting what has arrived, and waiting for more.

#include "engine/engine.hpp"

#include "base/deadline.hpp"
#include "engine/operation_guard.hpp"
#include "openssl/error.hpp"

namespace iostls {
namespace detail {
namespace {

// Answers of OpenSSL that have not been sent.
constexpr std::size_t many_answers = 128 * std::size_t{1024};
constexpr std::size_t most_answers = 4 * many_answers;

}  // namespace

engine::status engine::read(operation_guard& v, char* data, std::size_t size, std::size_t& got,
                            bool look) {
  got = 0;
  begin_step(v, "read");
  if (state_.input_error) throw *state_.input_error;
  ensure_handshake(v.held());
  if (state_.input_ended) return status::ended;
  send_answers(v.held(), look);
  if (state_.input_error) throw *state_.input_error;  // by another thread, while this one sent
  if (look) bio_.poll_again();
  const std::uint64_t output_before = sender_.end();
  std::size_t decrypted = 0;
  const outcome came =
      ask(v.held(), [&] { return SSL_read_ex(ssl_.get(), data, size, &decrypted); });
  if (came != outcome::failed) judge_renegotiation(v.held(), came == outcome::done);
  got = decrypted;
  if (sender_.end() != output_before) {
    answers_ += sender_.end() - output_before;
    answers_end_ = sender_.end();
    if (answer_is_awaited()) sender_.end_handshake();
  }
  switch (came) {
    case outcome::done:
      return status::data;
    case outcome::ended:
      state_.input_ended = true;
      monitor_.notify_all();
      return status::ended;
    case outcome::wants_input:
      return status::blocked;
    default:
      fail("read");
  }
}

// A server that has asked for a certificate sends nothing else until it has the answer, and neither does
// a peer that wants to renegotiate in TLS 1.2. So the thread that reads has to send it, as it does with the end
// of the handshake.
bool engine::answer_is_awaited() const noexcept {
  return answers_requests_ || SSL_version(ssl_.get()) < TLS1_3_VERSION;
}

// OpenSSL answers key updates and similar requests by itself, and its answers gather until they are
// sent. They must not pile up if a peer keeps asking, or does not read the answers. If they cannot
// be sent, reading continues nevertheless.
void engine::send_answers(lock& l, bool only_look) {
  forget_old_answers();
  if (answers_ <= many_answers) return;
  try {
    if (!state_.output_error) send_gathered(l, only_look ? at_once : read_deadline(), "read");
  } catch (const ssl_error& e) {
    if (state_.input_error) throw *state_.input_error;
    if (!state_.output_error && !(only_look && e.code() == ssl_errc::timed_out)) throw;
  }
  monitor_.wait_for_openssl(l);
  if (state_.output_error) {
    bio_.gathered().release();
    answers_ = 0;
  }
  forget_old_answers();
  if (answers_ <= most_answers) return;
  const ssl_error why =
      make_error(ssl_errc::protocol_error, "read", "the peer asks for more answers than it takes");
  latch(why);
  throw why;
}

// What was taken out of the BIO is being sent.
void engine::forget_old_answers() noexcept {
  if (sender_.end() - bio_.gathered().size() >= answers_end_) answers_ = 0;
}

bool engine::input_buffered(operation_guard& v) {
  begin_step(v, "read");
  return state_.input_ended || state_.input_error || bio_.has_input() || bio_.input_ended() ||
         SSL_has_pending(ssl_.get()) != 0;
}

void engine::await_input(operation_guard& v, time_point deadline) {
  begin_step(v, "read");
  const unsigned seen = receiver_.receipts();
  if (sender_.has_handshake() && !state_.output_error) {
    if (receiver_.input_available()) return;
    try {
      send_handshake(v.held(), deadline, "read");
    } catch (const ssl_error&) {
      if (!state_.output_error) throw;  // else it is latched, and the next output reports it
      if (state_.input_error) throw *state_.input_error;
      // Sending that fails does not wait for a thread that is in OpenSSL.
      if (monitor_.is_apart()) wait_for_turn(v.held(), "read");
    }
  }
  if (!has_news()) receive(v.held(), seen, deadline, "read");
}

// Whether `read` has something to report that the transport no longer has: a thread whose sending
// failed has read the reason and everything before it.
bool engine::has_news() const noexcept {
  if (state_.input_error || state_.input_ended) return true;
  return SSL_in_init(ssl_.get()) == 0 && SSL_pending(ssl_.get()) > 0;
}

void engine::receive(lock& l, unsigned seen, time_point deadline, const char* operation) {
  if (monitor_.is_apart()) wait_for_turn(l, operation);
  const std::error_code failed = receiver_.receive(l, seen, deadline);
  check(operation);
  if (failed) throw make_error(failed, operation);
}

void engine::send_rest_of_handshake(operation_guard& v) {
  begin_step(v, "read");
  if (!sender_.has_handshake() || state_.output_error) return;
  try {
    send_handshake(v.held(), clock::now(), "read");
  } catch (const ssl_error&) {
    if (state_.input_error) throw *state_.input_error;
  }
}

bool engine::input_failed() {
  if (state_.closed || state_.canceled || process_.is_inherited()) return true;
  const lock l(monitor_);
  return state_.input_error.has_value();
}

void engine::fail_input(const ssl_error& why) noexcept {
  if (process_.is_inherited()) return;  // the lock may stay locked for ever after a fork
  const lock l(monitor_);
  state_.end_input(why);
}

}  // namespace detail
}  // namespace iostls
