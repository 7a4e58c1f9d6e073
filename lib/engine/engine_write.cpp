// SPDX-License-Identifier: Apache-2.0
// The way down: encrypting into the BIO, and sending what has gathered there.
#include <algorithm>

#include "engine/engine.hpp"
#include "engine/operation_guard.hpp"
#include "openssl/error.hpp"
#include "openssl/error_queue.hpp"
#include "openssl/openssl_failure.hpp"
#include "transport/transport_calls.hpp"

namespace iostls {
namespace detail {
namespace {

constexpr std::size_t record_size = 16 * 1024;
// How much is sent together: larger sends save little.
constexpr std::size_t gather_size = 4 * record_size;
// What encryption adds to four records and a few small ones.
constexpr std::size_t record_overhead = 512;
// How long a thread whose sending failed lets another one find out the reason.
constexpr std::chrono::milliseconds alert_patience(200);

// Marks, under the lock, that a thread is inside a block that it writes.
class block_mark {
 public:
  explicit block_mark(bool& mark) noexcept : mark_(mark) { mark_ = true; }
  block_mark(const block_mark&) = delete;
  block_mark& operator=(const block_mark&) = delete;
  ~block_mark() { mark_ = false; }

 private:
  bool& mark_;
};

// How much more may join what has gathered.
std::size_t room_left(std::size_t gathered) {
  const std::size_t full = gather_size + record_overhead;
  return gathered < full ? std::min(full - gathered, gather_size) : 0;
}

}  // namespace

void engine::write(const char* data, std::size_t size, std::size_t& put) {
  put = 0;
  visit v(*this, "write");
  const block_mark mark(in_block_);
  write(v.held(), data, size, put);
}

void engine::write_at_once(const char* data, std::size_t size, std::size_t& put) {
  put = 0;
  visit v(*this, "write");
  check_output();
  for (std::size_t taken = 0; put != size; put += taken) {
    const std::size_t piece = std::min(size - put, record_size);
    if (!handshake_done_ || !encrypt_at_once(v.held(), data + put, piece, taken)) return;
  }
}

void engine::check_output() const {
  if (output_error_) throw *output_error_;
  if (output_ended_) {
    throw make_error(ssl_errc::closed, "write", "the output was ended by shutdown_write");
  }
}

void engine::require_output() {
  const visit v(*this, "write");
  check_output();
}

void engine::write(lock& l, const char* data, std::size_t size, std::size_t& put) {
  check_output();
  ensure_handshake(l);
  while (put != size) {
    const std::size_t rest = size - put;
    std::size_t room = room_left(bio_.gathered().size());
    if (room < std::min(rest, record_size)) {
      send_gathered(l, deadline_in(write_timeout_.load()), "write");
      room = room_left(0);
    }
    // What has to be cut is cut between records, so that all but the last are full.
    put += encrypt(l, data + put, rest <= room ? rest : room - room % record_size);
  }
}

std::size_t engine::encrypt(lock& l, const char* data, std::size_t size) {
  time_point deadline = never;
  for (bool waited = false;; waited = true) {
    check("write");  // what another thread may have done, while this one sent
    check_output();
    if (waited && clock::now() >= deadline) throw make_error(ssl_errc::timed_out, "write");
    const unsigned seen = receipts_;
    std::size_t taken = 0;
    if (encrypt_at_once(l, data, size, taken)) return taken;
    if (!waited) deadline = deadline_in(write_timeout_.load());
    send_gathered(l, deadline, "write");
    receive(l, seen, deadline, "write");
  }
}

// False if OpenSSL wants input first: the peer has begun another handshake, as TLS 1.2 allows.
bool engine::encrypt_at_once(lock& l, const char* data, std::size_t size, std::size_t& taken) {
  static_cast<void>(bio_.gathered().prepare(size + record_overhead));
  taken = 0;
  switch (ask(l, [&] { return SSL_write_ex(ssl_.get(), data, size, &taken); })) {
    case outcome::done:
      return true;
    case outcome::wants_input:
      return false;
    default:
      fail("write");
  }
}

void engine::flush() {
  visit v(*this, "write");
  if (output_error_) throw *output_error_;
  send_gathered(v.held(), deadline_in(write_timeout_.load()), "write");
}

void engine::flush_written(time_point deadline) {
  visit v(*this, "write");
  if (output_error_) throw *output_error_;
  if (output_end() == handshake_end_) return;
  if (sending_) {
    more_to_send_ = true;
    return;
  }
  send_gathered(v.held(), std::min(deadline_in(write_timeout_.load()), deadline), "write");
}

void engine::fail_output(const ssl_error& why) noexcept {
  if (is_inherited()) return;  // nobody would unlock what another thread held at the fork
  const lock l(*this);
  end_output(why);
}

void engine::send_gathered(lock& l, time_point deadline, const char* operation) {
  require_sent(l, push(l, deadline), operation);
}

// A thread that is sending sends this too.
bool engine::has_handshake_to_send() const noexcept {
  return !sending_ && taken_out_ - outgoing_.size() < handshake_end_;
}

// Sends what the handshake has added, and nothing that was written since: a thread that reads must
// not wait until a peer takes that, which may do so only after its own output was read. For the same
// reason it does not wait for a thread that is sending.
void engine::send_handshake(lock& l, time_point deadline, const char* operation) {
  while (has_handshake_to_send()) {
    take_out();
    if (outgoing_.empty()) return;  // dropped, by a handshake that has failed
    const std::uint64_t rest = handshake_end_ - (taken_out_ - outgoing_.size());
    const std::size_t size = std::min<std::uint64_t>(rest, outgoing_.size());
    require_sent(l, send_first(l, size, deadline), operation);
  }
  if (more_to_send_) send_gathered(l, deadline, operation);
}

// For the thread that is to send.
void engine::take_out() noexcept {
  if (!outgoing_.empty()) return;
  outgoing_.swap(bio_.gathered());
  taken_out_ += outgoing_.size();
}

void engine::require_sent(lock& l, std::error_code failed, const char* operation) {
  if (!failed) return;
  check(operation);
  if (failed == ssl_errc::timed_out) throw make_error(failed, operation);
  fail_sending(l, failed, operation);
}

// Sends until nothing is left.
std::error_code engine::push(lock& l, time_point deadline) {
  for (;;) {
    if (!wait_for_change(l, deadline, [this] { return !sending_; })) return ssl_errc::timed_out;
    if (canceled_) return std::make_error_code(std::errc::operation_canceled);
    take_out();
    more_to_send_ = false;
    if (outgoing_.empty()) return {};
    const std::error_code failed = send_first(l, outgoing_.size(), deadline);
    if (failed) return failed;
  }
}

// A thread outside that sends. Where it is canceled, nobody knows what it had sent.
class engine::sending {
 public:
  sending(engine& e, lock& l) noexcept : engine_(e), lock_(l) {
    e.sending_ = true;
    l.give();
  }
  sending(const sending&) = delete;
  sending& operator=(const sending&) = delete;
  ~sending() {
    lock_.take();
    engine_.sending_ = false;
    if (!ended_) engine_.abandon_output();
    engine_.changed_.notify_all();
  }

  void ends() noexcept { ended_ = true; }

 private:
  engine& engine_;
  lock& lock_;
  bool ended_ = false;
};

// Sends so much of `outgoing_`. Sending is without the lock, and one thread's at a time.
std::error_code engine::send_first(lock& l, std::size_t size, time_point deadline) {
  std::error_code failed;
  {
    sending outside(*this, l);
    failed = send_outgoing(size, deadline);
    outside.ends();
  }
  if (failed) return failed;
  return wait_for_change(l, deadline, [] { return true; }) ? failed : ssl_errc::timed_out;
}

std::error_code engine::send_outgoing(std::size_t size, time_point deadline) {
  pace between;
  while (size != 0) {
    const io_result r = write_or_wait(*transport_, outgoing_.data(), size, deadline);
    outgoing_.drop(r.count);
    size -= r.count;
    if (r.error && !is_would_block(r.error)) return r.error;
    if (r.error && clock::now() >= deadline) return ssl_errc::timed_out;
    if (canceled_ && size != 0) return std::make_error_code(std::errc::operation_canceled);
    if (r.count == 0) between.rest(deadline);
  }
  return {};
}

void engine::fail_sending(lock& l, std::error_code why, const char* operation) {
  read_pending_alert(l, operation);
  const ssl_error e = make_error(why, operation);
  handshake_done_ ? end_output(e) : latch(e);
  throw e;
}

// A peer that refuses us sends an alert and closes; our next send then fails with EPIPE or
// ECONNRESET, but the reason may be here already. If so, that is the failure.
void engine::read_pending_alert(lock& l, const char* operation) {
  if (receiving_) {  // the thread that reads hears it first
    const time_point soon = clock::now() + alert_patience;
    wait_for_change(l, soon, [this] { return input_error_ || input_ended_ || closed_; });
  }
  if (input_error_ && input_error_->code() == ssl_errc::alert_received) throw *input_error_;
  if (is_apart() || receiving_ || tls_failed_ || input_ended_) return;
  char c = 0;
  std::size_t got = 0;
  bio_.poll_again();
  const outcome heard = ask(l, [&] {
    return handshake_done_ ? SSL_peek_ex(ssl_.get(), &c, 1, &got) : SSL_do_handshake(ssl_.get());
  });
  if (heard == outcome::ended) input_ended_ = true;
  if (heard != outcome::failed) return;
  const std::error_code kind = openssl_failure(bio_.input_error(), handshake_done_);
  if (kind == ssl_errc::alert_received) fail(operation);
  input_error_ = make_error(kind, "read");
  tls_failed_ = true;
}

// Our own alert, mostly. What cannot be sent now is left to close().
void engine::try_send_alert() noexcept {
  if (sending_) return;
  const no_cancellation uncanceled;
  take_out();
  static_cast<void>(send_outgoing(outgoing_.size(), time_point::min()));
}

}  // namespace detail
}  // namespace iostls
