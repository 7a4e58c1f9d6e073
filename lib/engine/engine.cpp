// SPDX-License-Identifier: Apache-2.0
#include "engine/engine.hpp"

#include <algorithm>
#include <cerrno>
#include <exception>

#include <iostls/transport.hpp>

#include "base/guarded_cast.hpp"
#include "context/context.hpp"
#include "credentials/x509_sharing.hpp"
#include "engine/client_hello_gate.hpp"
#include "engine/new_connection.hpp"
#include "engine/operation_guard.hpp"
#include "openssl/error.hpp"
#include "openssl/error_queue.hpp"
#include "options/effective_options.hpp"
#include "system/thread_cancellation.hpp"
#include "transport/nested_transport.hpp"

namespace iostls {
namespace detail {
engine::engine(const ssl_context& context, const connection_options& own)
    : engine(context.state(), own) {}

engine::engine(std::shared_ptr<const context_state> context, const connection_options& own)
    : context_(std::move(context)),
      verify_(verify_of(context_->is_server(), effective(base().verify, own.verify))),
      limits_(limits_of(*context_, own)),
      ssl_(new_connection(*context_, own)),
      resumption_(client_resumption::attach_to(ssl_.get(), base(), own)),
      renegotiation_(
          value_of<&connection_options::max_renegotiations>(context_->is_server(), base(), own)),
      answers_requests_(
          value_of<&connection_options::post_handshake_auth>(context_->is_server(), base(), own)) {
  bio_.serve(ssl_.get(), "open");
  bio_.count_by(context_->counters().get());
  if (context_->is_server()) watch_handshake(ssl_.get(), watch_);
  if (has_client_hello_hook(ssl_.get())) {
    hello_ = std::make_unique<client_hello_gate>(ssl_.get(), own, bio_, *this);
  }
}

const connection_options& engine::base() const noexcept { return context_->options(); }

engine::~engine() {
  const no_cancellation uncanceled;
  try {
    close(nullptr, 0, close_kind::implied);
  } catch (const std::exception&) {  // NOLINT(bugprone-empty-catch): a destructor cannot report it
  }
}

void engine::open(std::unique_ptr<transport> transport) noexcept {
  transport_ = std::move(transport);
  bio_.attach(transport_.get());
  peer_ = kept_address(socket_address::of_peer(fd()));
  local_ = kept_address(socket_address::of_local(fd()));
  takes_turns_ = guarded_cast<streambuf_transport>(transport_.get()) == nullptr ||
                 guarded_cast<nested_transport>(transport_.get()) != nullptr;
  transport_open_ = true;
  state_.closed = false;
}

std::unique_ptr<transport> engine::give_back() noexcept {
  transport_open_ = false;
  state_.closed = true;
  return std::move(transport_);
}

int engine::fd() const noexcept { return transport_ ? transport_->fd() : -1; }

std::string engine::peer_address() const {
  std::string given;
  if (transport_) given = transport_->peer_address();
  if (left_) given = left_->peer;
  return given.empty() ? peer_.get().text() : given;
}

std::string engine::local_address() const {
  std::string given;
  if (transport_) given = transport_->local_address();
  if (left_) given = left_->local;
  return given.empty() ? local_.get().text() : given;
}

bool engine::has_failed_by(const std::error_code& kind) {
  if (process_.is_inherited()) return true;
  if (kind == ssl_errc::closed || kind == ssl_errc::canceled) return true;
  const lock l(monitor_);
  return (state_.input_error && state_.input_error->code() == kind) ||
         (state_.output_error && state_.output_error->code() == kind);
}

// To be called before each call of OpenSSL whose result is judged.
void engine::before_openssl() noexcept {
  bio_.begin_portion();
  clear_error_queue();
}

// The only function that reads SSL_get_error. The BIO never refuses output, so OpenSSL can only
// want input.
engine::outcome engine::result_of(int ret) const noexcept {
  if (ret > 0) return outcome::done;
  switch (SSL_get_error(ssl_.get(), ret)) {
    case SSL_ERROR_ZERO_RETURN:  // see end_of_input.hpp
      return outcome::ended;
    case SSL_ERROR_WANT_READ:
      return outcome::wants_input;
    case SSL_ERROR_WANT_CLIENT_HELLO_CB:
      return outcome::changes_context;
    default:
      return outcome::failed;
  }
}

// The first operation determines which process owns the connection.
void engine::claim_first(const char* operation) {
  if (monitor_.is_held_here()) {
    throw make_error(system_code(EDEADLK), operation, "its own transport uses the stream");
  }
  if (process_.claim()) return;
  throw detail::make_error(ssl_errc::closed, operation,
                           "the connection belongs to the process that has begun to use it");
}

// For a thread that begins an operation while another one is in OpenSSL, perhaps in a slow function
// of an option.
void engine::wait_for_turn(lock& l, const char* operation) {
  if (monitor_.is_apart_here()) {
    throw make_error(
        system_code(EDEADLK), operation,
        "a function of the options uses the stream that has called it; it may cancel it");
  }
  const time_point deadline = std::min(
      l.latest_end(),
      limits_.deadline_in(state_.handshake_done ? duration(0) : limits_.handshake_timeout()));
  while (monitor_.is_apart()) {
    if (!monitor_.sleep(l, deadline)) throw make_error(ssl_errc::timed_out, operation);
    check(operation);
  }
}

void engine::cancel() noexcept {
  if (process_.is_inherited() || state_.canceled.exchange(true)) return;
  // Without an operation here there is nothing to end, and another process may be using the connection.
  if (process_.is_abandoned()) return;
  interrupt(&transport::cancel);
}

void engine::wake() noexcept {
  if (process_.is_inherited()) return;
  receiver_.note_wake();
  interrupt(&transport::wake);
}

// Does not wait for slow functions of options, or a slow transport.
void engine::interrupt(void (transport::*reach)() noexcept) noexcept {
  const no_cancellation uncanceled;
  {
    const std::lock_guard<std::mutex> open(transport_mutex_);
    if (transport_open_) (transport_.get()->*reach)();
  }
  monitor_.notify_from_outside();
}

// The mutex may be held by a thread that exists only in the parent process.
void engine::abandon() noexcept {
  if (transport_open_) transport_->abandon();
  transport_open_ = false;
  state_.closed = true;
  closed_how_ = close_result::unconfirmed;
}

certificate engine::peer_certificate() {
  handshake();
  const operation_guard v(*this, "handshake");
  return shared_certificate(SSL_get0_peer_certificate(ssl_.get()));
}

ssl_session engine::session() {
  if (!state_.handshake_done) handshake();
  claim("handshake");
  lock l(monitor_);
  if (monitor_.is_apart()) wait_for_turn(l, "handshake");
  return resumption_ != nullptr ? resumption_->session() : ssl_session();
}

connection_info engine::info() {
  handshake();
  const operation_guard v(*this, "handshake");
  return described();
}

void engine::examine(const std::function<void(SSL*)>& look) {
  handshake();
  const operation_guard v(*this, "handshake");
  look(ssl_.get());
}

}  // namespace detail
}  // namespace iostls
