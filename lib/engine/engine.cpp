// SPDX-License-Identifier: Apache-2.0
#include "engine/engine.hpp"

#include <algorithm>
#include <cerrno>
#include <exception>

#include <openssl/err.h>
#include <openssl/x509.h>

#include "base/deadline.hpp"
#include "context/connection_options.hpp"
#include "context/context.hpp"
#include "credentials/x509_sharing.hpp"
#include "engine/connection_info.hpp"
#include "engine/operation_guard.hpp"
#include "openssl/callback_exception.hpp"
#include "openssl/error.hpp"
#include "openssl/error_queue.hpp"
#include "options/effective_options.hpp"
#include "system/fork_guard.hpp"
#include "transport/transport_calls.hpp"

namespace iostls {
namespace detail {
namespace {

// More than output alone ever lets gather: answers of OpenSSL that nobody has sent.
constexpr std::size_t many_answers = 128 * std::size_t{1024};
constexpr std::size_t most_answers = 4 * many_answers;

ssl_ptr new_connection(const context_state& state, const connection_options& own) {
  ssl_ptr ssl(SSL_new(state.get()));
  if (!ssl) throw detail::make_error(system_code(ENOMEM), "open");
  apply_connection_options(ssl.get(), state.is_server(), state.options(), own);
  // In OpenSSL 3.2 and later these make the record layers. When memory is too short for that, the error
  // queue alone tells, and SSL_set_bio would crash.
  clear_error_queue();
  if (state.is_server()) {
    SSL_set_accept_state(ssl.get());
  } else {
    SSL_set_connect_state(ssl.get());
  }
  if (ERR_peek_error() != 0) throw detail::make_error(system_code(ENOMEM), "open");
  return ssl;
}

}  // namespace

engine::engine(const ssl_context& context, const connection_options& own)
    : engine(context.state(), own) {}

engine::engine(std::shared_ptr<const context_state> state, const connection_options& own)
    : state_(std::move(state)),
      handshake_timeout_(
          value_of<&connection_options::handshake_timeout>(state_->is_server(), base(), own)),
      close_timeout_(
          value_of<&connection_options::close_timeout>(state_->is_server(), base(), own)),
      verify_(verify_of(state_->is_server(), effective(base().verify, own.verify))),
      forks_before_(fork_count()),
      ssl_(new_connection(*state_, own)),
      resumption_(ssl_.get(), base(), own),
      read_timeout_(value_of<&connection_options::read_timeout>(state_->is_server(), base(), own)),
      write_timeout_(
          value_of<&connection_options::write_timeout>(state_->is_server(), base(), own)) {
  BIO* const bio = bio_.new_bio();
  if (bio == nullptr) throw detail::make_error(system_code(ENOMEM), "open");
  SSL_set_bio(ssl_.get(), bio, bio);
}

const connection_options& engine::base() const noexcept { return state_->options(); }

engine::~engine() {
  const no_cancellation uncanceled;
  try {
    close(nullptr, 0, close_kind::implied);
  } catch (
      const std::exception&) {  // NOLINT(bugprone-empty-catch): a destructor has nobody to tell
  }
}

void engine::open(std::unique_ptr<transport> transport) noexcept {
  transport_ = std::move(transport);
  bio_.attach(transport_.get());
  peer_ = socket_address::of_peer(fd());
  local_ = socket_address::of_local(fd());
  transport_open_ = true;
  closed_ = false;
}

std::string engine::peer_address() const {
  std::string given = transport_ ? transport_->peer_address() : std::string();
  return given.empty() ? peer_.text() : given;
}

std::string engine::local_address() const {
  std::string given = transport_ ? transport_->local_address() : std::string();
  return given.empty() ? local_.text() : given;
}

bool engine::has_failed_by(const std::error_code& kind) {
  if (is_inherited()) return true;
  if (kind == ssl_errc::closed || kind == ssl_errc::canceled) return true;
  const lock l(*this);
  return (input_error_ && input_error_->code() == kind) ||
         (output_error_ && output_error_->code() == kind);
}

int engine::fd() const noexcept { return transport_ ? transport_->fd() : -1; }

engine::time_point engine::deadline_in(duration limit) const noexcept {
  if (closing_) return closing_deadline_;
  const time_point expiry = expiry_;
  return limit.count() == 0 ? expiry : std::min(expiry, deadline_after(limit));
}

// Before each call whose outcome is to be judged.
void engine::before_openssl() noexcept {
  bio_.begin_portion();
  clear_error_queue();
}

// The only place that reads SSL_get_error. The BIO never refuses output, so that OpenSSL can want
// nothing but input.
engine::outcome engine::judge(int ret) const noexcept {
  switch (SSL_get_error(ssl_.get(), ret)) {
    case SSL_ERROR_NONE:
      return outcome::done;
    case SSL_ERROR_ZERO_RETURN:
      return outcome::ended;
    case SSL_ERROR_WANT_READ:
      return outcome::wants_input;
    default:
      return outcome::failed;
  }
}

void engine::ensure_handshake(lock& l, time_point limit) {
  if (handshake_done_) return;
  if (!handshake_started_ && handshake_deadline_ == never && handshake_timeout_.count() != 0) {
    handshake_deadline_ = deadline_after(handshake_timeout_);
  }
  if (!handshake_started_) handshake_began_ = clock::now();
  if (!handshake_started_ && !state_->is_server()) {
    const apart from_others(*this, l);
    resumption_.offer(fd());
  }
  check("handshake");
  if (callback_has_thrown(ssl_.get())) fail("handshake");
  handshake_started_ = true;
  try {
    continue_handshake(l, limit);
  } catch (const ssl_error& e) {
    // A handshake that took too long is over, unlike one that merely outlasted another limit.
    if (e.code() == ssl_errc::timed_out && clock::now() >= handshake_deadline_) latch(e);
    throw;
  }
}

void engine::continue_handshake(lock& l, time_point limit) {
  for (bool waited = false;; waited = true) {
    if (input_error_) throw *input_error_;
    if (handshake_done_) return;  // another thread has come to its end meanwhile
    const unsigned seen = receipts_;
    const outcome came = ask(l, [this] { return SSL_do_handshake(ssl_.get()); });
    if (input_error_) throw *input_error_;
    switch (came) {
      case outcome::done:
        check_after_handshake();  // first: it knows of clients that need no name
        check_peer(l);
        return handshake_is_done();
      case outcome::wants_input: {
        const time_point deadline =
            std::min({handshake_deadline_, deadline_in(duration(0)), limit});
        handshake_end_ = output_end();
        send_handshake(l, deadline, "handshake");
        // Input that never ceases would keep each single wait from timing out.
        if (waited && clock::now() >= deadline) throw make_error(ssl_errc::timed_out, "handshake");
        receive(l, seen, deadline, "handshake");
        break;
      }
      default:
        fail("handshake");
    }
  }
}

void engine::handshake_is_done() {
  handshake_done_ = true;
  bio_.stop_keeping_first_input();
  calls_back_ = SSL_version(ssl_.get()) < TLS1_3_VERSION &&
                (SSL_get_options(ssl_.get()) & SSL_OP_NO_RENEGOTIATION) == 0;
  handshake_duration_ = clock::now() - handshake_began_;
  handshake_end_ = output_end();
}

void engine::handshake(time_point limit) {
  visit v(*this, "handshake");
  ensure_handshake(v.held(), limit);
  if (output_error_) return;
  // What a server of TLS 1.3 has left to say are session tickets. Nobody waits for them: they go with
  // its first data, or when it waits for input. A client that has gone meanwhile does not matter then.
  if (state_->is_server() && SSL_version(ssl_.get()) >= TLS1_3_VERSION) return;
  const time_point deadline = std::min({handshake_deadline_, deadline_in(duration(0)), limit});
  send_handshake(v.held(), deadline, "handshake");
}

void engine::complete_handshake(time_point limit) {
  visit v(*this, "handshake");
  ensure_handshake(v.held(), limit);
}

engine::status engine::read(char* data, std::size_t size, std::size_t& got, bool look) {
  got = 0;
  visit v(*this, "read");
  if (input_error_) throw *input_error_;
  ensure_handshake(v.held());
  if (input_ended_) return status::ended;
  send_answers(v.held(), look);
  if (input_error_) throw *input_error_;  // by another thread, while this one sent
  if (look) bio_.poll_again();
  switch (ask(v.held(), [&] { return SSL_read_ex(ssl_.get(), data, size, &got); })) {
    case outcome::done:
      return status::data;
    case outcome::ended:
      input_ended_ = true;
      changed_.notify_all();
      return status::ended;
    case outcome::wants_input:
      return status::blocked;
    default:
      fail("read");
  }
}

// OpenSSL answers by itself when a peer asks for new keys, and what it says gathers until it is sent. A
// peer that asks and asks must not have that pile up, nor one that takes no answers. That they cannot
// be sent is no reason not to read.
void engine::send_answers(lock& l, bool only_look) {
  if (bio_.gathered().size() <= many_answers) return;
  try {
    if (!output_error_) send_gathered(l, only_look ? time_point::min() : read_deadline(), "read");
  } catch (const ssl_error& e) {
    if (input_error_) throw *input_error_;
    if (!output_error_ && !(only_look && e.code() == ssl_errc::timed_out)) throw;
  }
  wait_for_openssl(l);
  if (output_error_) bio_.gathered().release();
  if (bio_.gathered().size() <= most_answers) return;
  const ssl_error why =
      make_error(ssl_errc::protocol_error, "read", "the peer asks for more answers than it takes");
  latch(why);
  throw why;
}

bool engine::input_buffered() {
  if (is_inherited()) return true;  // so that `read` tells
  lock l(*this);
  if (is_apart()) return true;  // so that `read` waits for its turn
  return input_ended_ || input_error_ || bio_.has_input() || bio_.input_ended() ||
         SSL_has_pending(ssl_.get()) != 0;
}

void engine::await_input(time_point deadline) {
  visit v(*this, "read");
  const unsigned seen = receipts_;
  if (has_handshake_to_send() && !output_error_) {
    if (input_available()) return;
    try {
      send_handshake(v.held(), deadline, "read");
    } catch (const ssl_error&) {
      if (!output_error_) throw;  // else it is latched, for the next output to tell
      if (input_error_) throw *input_error_;
    }
  }
  if (!has_news()) receive(v.held(), seen, deadline, "read");
}

void engine::send_rest_of_handshake() {
  visit v(*this, "read");
  if (!has_handshake_to_send() || output_error_) return;
  try {
    send_handshake(v.held(), clock::now(), "read");
  } catch (const ssl_error&) {
    if (input_error_) throw *input_error_;
  }
}

bool engine::input_failed() {
  if (closed_ || canceled_ || is_inherited()) return true;
  const lock l(*this);
  return input_error_.has_value();
}

void engine::fail_input(const ssl_error& why) noexcept {
  if (is_inherited()) return;  // nobody would unlock what another thread held at the fork
  const lock l(*this);
  end_input(why);
}

// Whether there is input by now, which may make sending unnecessary, or tell why it would fail.
bool engine::input_available() {
  const no_cancellation uncanceled;
  if (receiving_ || !bio_.look()) return false;
  ++receipts_;
  changed_.notify_all();
  return true;
}

// A thread outside that receives. Where it is canceled, nobody knows what it had received.
class engine::reception {
 public:
  reception(engine& e, lock& l) noexcept : engine_(e), lock_(l) {
    e.receiving_ = true;
    e.bio_.set_busy(true);
    l.give();
  }
  reception(const reception&) = delete;
  reception& operator=(const reception&) = delete;
  ~reception() {
    lock_.take();
    engine_.wait_for_openssl(lock_);
    engine_.receiving_ = false;
    ++engine_.receipts_;
    engine_.bio_.set_busy(false);
    if (!ended_) engine_.abandon_input();
  }

  void ends() noexcept { ended_ = true; }

 private:
  engine& engine_;
  lock& lock_;
  bool ended_ = false;
};

// Reads ahead from the transport without the lock, or waits for the thread that is doing so. `seen` is
// `receipts_` at the time when OpenSSL wanted more: another thread may have received since, and have
// begun again, and what it got may be all there is to come.
void engine::receive(lock& l, unsigned seen, time_point deadline, const char* operation) {
  if (is_apart()) wait_for_turn(l, operation);
  if (receipts_ != seen) return check(operation);
  const unsigned wakes = wakes_;
  if (receiving_) return await_other_receiver(l, seen, deadline, operation);
  if (bio_.has_input() || bio_.input_ended()) return;
  if (is_woken(wakes_told_) && clock::now() < deadline) {
    if (input_available()) return;  // what is here comes first
    report_wake(operation);
  }
  const std::size_t size = bio_.ahead_size();
  char* const room = bio_.ahead().prepare(size);
  io_result r;
  {
    reception outside(*this, l);
    r = wait_and_read(*transport_, room, size, deadline);
    if (is_would_block(r.error)) reception_pace_.rest(deadline);
    outside.ends();
  }
  const bool timed_out = is_timed_out(r.error);
  if (r.count == 0 && (timed_out || canceled_)) {
    bio_.ahead().release();
  } else {
    bio_.deposit(r);
  }
  changed_.notify_all();
  check(operation);
  if (r.error == std::errc::operation_would_block && is_woken(wakes)) report_wake(operation);
  if (timed_out) throw make_error(ssl_errc::timed_out, operation);
}

void engine::await_other_receiver(lock& l, unsigned seen, time_point deadline,
                                  const char* operation) {
  const unsigned wakes = wakes_told_;
  const auto news = [&] { return receipts_ != seen || closed_ || canceled_ || is_woken(wakes); };
  if (!wait_for_change(l, deadline, news)) throw make_error(ssl_errc::timed_out, operation);
  check(operation);
  const bool has_come = !receiving_ && (bio_.has_input() || bio_.input_ended());
  if (!has_come && is_woken(wakes)) report_wake(operation);
}

certificate engine::peer_certificate() {
  handshake();
  const visit v(*this, "handshake");
  return shared_certificate(SSL_get0_peer_certificate(ssl_.get()));
}

ssl_session engine::session() {
  if (!handshake_done_) handshake();
  claim("handshake");
  lock l(*this);
  if (is_apart()) wait_for_turn(l, "handshake");
  return resumption_.session();
}

void engine::examine(const std::function<void(SSL*)>& look) {
  handshake();
  const visit v(*this, "handshake");
  look(ssl_.get());
}

connection_info engine::info() {
  handshake();
  const visit v(*this, "handshake");
  connection_info info = describe_connection(ssl_.get(), verify_);
  info.truncated = input_ended_ && bio_.end_was_told();
  info.connect_duration = std::chrono::duration_cast<std::chrono::microseconds>(connect_duration_);
  info.handshake_duration =
      std::chrono::duration_cast<std::chrono::microseconds>(handshake_duration_);
  return info;
}

}  // namespace detail
}  // namespace iostls
