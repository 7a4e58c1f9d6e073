// SPDX-License-Identifier: Apache-2.0
// Output: encrypting into the BIO, and sending what has gathered there.
#include <algorithm>

#include "base/guarded_cast.hpp"
#include "engine/engine.hpp"
#include "engine/operation_guard.hpp"
#include "openssl/error.hpp"
#include "openssl/error_queue.hpp"
#include "system/sockets.hpp"
#include "system/thread_cancellation.hpp"
#include "transport/descriptor_transport.hpp"

namespace iostls {
namespace detail {
namespace {

constexpr std::size_t record_size = 16 * 1024;
// How much is sent at once: larger sends save little.
constexpr std::size_t gather_size = 4 * record_size;
// What encryption adds to four records and a few small ones.
constexpr std::size_t record_overhead = 512;
// Marks, under the lock, that a thread is writing a block.
class block_mark {
 public:
  explicit block_mark(bool& mark) noexcept : mark_(mark) { mark_ = true; }
  block_mark(const block_mark&) = delete;
  block_mark& operator=(const block_mark&) = delete;
  ~block_mark() { mark_ = false; }

 private:
  bool& mark_;
};

// How much more may be added to the gathered output.
std::size_t room_left(std::size_t gathered) {
  const std::size_t full = gather_size + record_overhead;
  return gathered < full ? std::min(full - gathered, gather_size) : 0;
}

// Whether not even a record may be added.
bool lacks_room(std::size_t gathered) { return room_left(gathered) < record_size; }

}  // namespace

void engine::examine_output() {
  const operation_guard v(*this, "write");
  check_output();
}

void engine::check_output() const {
  if (state_.output_error) throw *state_.output_error;
  if (state_.output_ended) {
    throw make_error(ssl_errc::closed, "write", "the output was ended by shutdown_write or unwrap");
  }
}

void engine::write(operation_guard& v, const char* data, std::size_t size, std::size_t& put) {
  put = 0;
  begin_step(v, "write");
  const block_mark mark(in_block_);
  write(v.held(), data, size, put);
}

void engine::write_at_once(operation_guard& v, const char* data, std::size_t size,
                           std::size_t& put) {
  put = 0;
  begin_step(v, "write");
  check_output();
  for (std::size_t taken = 0; put != size; put += taken) {
    const std::size_t piece = std::min(size - put, record_size);
    if (!state_.handshake_done || !encrypt_at_once(v.held(), data + put, piece, taken)) break;
  }
  holds_much_ = lacks_room(bio_.gathered().size());
}

void engine::send_much_held(operation_guard& v) {
  begin_step(v, "write");
  check_output();
  if (lacks_room(bio_.gathered().size())) {
    send_gathered(v.held(), limits_.write_deadline(), "write");
  }
  holds_much_ = false;
}

void engine::write(lock& l, const char* data, std::size_t size, std::size_t& put) {
  check_output();
  ensure_handshake(l);
  while (put != size) {
    const std::size_t rest = size - put;
    std::size_t room = room_left(bio_.gathered().size());
    if (room < std::min(rest, record_size)) {
      send_gathered(l, limits_.write_deadline(), "write");
      room = room_left(0);
    }
    // Blocks are split between records, so that all records but the last are full.
    put += encrypt(l, data + put, rest <= room ? rest : room - room % record_size);
  }
}

std::size_t engine::encrypt(lock& l, const char* data, std::size_t size) {
  time_point deadline = never;
  for (bool waited = false;; waited = true) {
    check("write");  // of what another thread may have done, while this one sent
    check_output();
    if (waited && clock::now() >= deadline) throw make_error(ssl_errc::timed_out, "write");
    const unsigned seen = receiver_.receipts();
    std::size_t taken = 0;
    if (encrypt_at_once(l, data, size, taken)) return taken;
    if (!waited) deadline = limits_.write_deadline();
    send_gathered(l, deadline, "write");
    receive(l, seen, deadline, "write");
  }
}

// False if OpenSSL wants input first: the peer has begun another handshake, which TLS 1.2 allows.
bool engine::encrypt_at_once(lock& l, const char* data, std::size_t size, std::size_t& taken) {
  static_cast<void>(bio_.gathered().prepare(size + record_overhead));
  taken = 0;
  const outcome came = ask(l, [&] { return SSL_write_ex(ssl_.get(), data, size, &taken); });
  if (came != outcome::failed && calls_back_) judge_renegotiation(l, false);
  switch (came) {
    case outcome::done:
      return true;
    case outcome::wants_input:
      return false;
    default:
      fail("write");
  }
}

void engine::flush(operation_guard& v) {
  begin_step(v, "write");
  if (state_.output_error) throw *state_.output_error;
  send_gathered(v.held(), limits_.write_deadline(), "write");
}

void engine::flush_written(operation_guard& v, time_point deadline) {
  begin_step(v, "write");
  if (state_.output_error) throw *state_.output_error;
  if (!sender_.has_data()) return;
  if (sender_.is_busy()) return sender_.go_on();
  send_gathered(v.held(), std::min(limits_.write_deadline(), deadline), "write");
}

engine::time_point engine::output_deadline() const noexcept {
  const time_point deadline = limits_.write_deadline();
  wait_limit limit;
  const int fd = transport_->fd();
  if (fd < 0 || !get_wait_limit(fd, transport::event::writable, limit) || limit.is_none())
    return deadline;
  return std::min(deadline, limit.end(clock::now()));
}

void engine::send_gathered(lock& l, time_point deadline, const char* operation) {
  require_sent(l, sender_.send_all(l, deadline), operation);
}

void engine::require_sent(lock& l, std::error_code failed, const char* operation) {
  if (!failed) return;
  check(operation);
  if (failed == ssl_errc::timed_out) throw make_error(failed, operation);
  fail_sending(l, failed, operation);
}

void engine::fail_output(const ssl_error& why) noexcept {
  if (process_.is_inherited()) return;  // the lock may stay locked for ever after a fork
  const lock l(monitor_);
  state_.end_output(why);
}

void engine::shutdown_write() {
  operation_guard v(*this, "close");
  if (state_.output_error) throw *state_.output_error;
  if (!state_.output_ended) {
    ensure_handshake(v.held());
    add_close_notify(v.held(), limits_.write_deadline(), "close");
  }
  send_gathered(v.held(), limits_.write_deadline(), "close");
  end_transport_output();
}

void engine::end_transport_output() noexcept {
  const no_cancellation uncanceled;
  // A socket's output ends at once; that of other transports may have had too little time.
  const bool is_over =
      state_.fin_sent && guarded_cast<descriptor_transport>(transport_.get()) != nullptr;
  if (!is_over) transport_->shutdown_write();
  state_.fin_sent = true;
}

// The alert is appended to the gathered output. SSL_shutdown is called only once: a second call
// would read, and report application data as an error.
void engine::add_close_notify(lock& l, time_point deadline, const char* operation) {
  complete_peers_message(l, deadline, operation);
  if (state_.output_ended) return;  // by another thread, while this one waited
  state_.output_ended = true;
  clear_error_queue();
  if (within_openssl(l, [this] { return SSL_shutdown(ssl_.get()); }) < 0) fail(operation);
  clear_error_queue();
}

// The peer may be in the middle of a message of its own, such as a ticket, or, in TLS 1.2, of another
// handshake: before OpenSSL has the rest, it makes no close_notify and no KeyUpdate. Another thread may
// have ended the output by the time that this returns.
void engine::complete_peers_message(lock& l, time_point deadline, const char* operation) {
  for (bool waited = false;; waited = true) {
    check(operation);
    if (state_.output_error) throw *state_.output_error;
    if (SSL_in_init(ssl_.get()) == 0) return;
    if (state_.input_error) {  // the rest is lost
      send_gathered(l, deadline, operation);
      throw *state_.input_error;
    }
    const unsigned seen = receiver_.receipts();
    const outcome came = ask(l, [this] { return SSL_do_handshake(ssl_.get()); });
    if (came != outcome::failed && calls_back_) judge_renegotiation(l, false);
    if (came == outcome::done) continue;
    if (came != outcome::wants_input) fail(operation);
    // Input that never ends would keep each single wait from timing out.
    if (waited && clock::now() >= deadline) throw make_error(ssl_errc::timed_out, operation);
    send_gathered(l, deadline, operation);
    receive(l, seen, deadline, operation);
  }
}

}  // namespace detail
}  // namespace iostls
