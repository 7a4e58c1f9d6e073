// SPDX-License-Identifier: Apache-2.0
// Ending TLS on a connection that goes on in plaintext.
#include <utility>

#include "engine/engine.hpp"
#include "engine/operation_guard.hpp"
#include "openssl/error.hpp"
#include "system/sockets.hpp"
#include "system/thread_cancellation.hpp"

namespace iostls {
namespace detail {

engine::remains engine::unwrap() {
  operation_guard v(*this, "unwrap");
  require_no_other_thread();
  if (limits_.is_closing()) throw make_error(ssl_errc::closed, "unwrap");
  if (state_.fin_sent) {
    throw make_error(ssl_errc::closed, "unwrap", "the output was ended by shutdown_write");
  }
  if (state_.input_error) throw *state_.input_error;
  if (state_.output_error && !state_.output_ended) throw *state_.output_error;
  ensure_handshake(v.held());
  const time_point deadline = limits_.unwrapping_deadline();
  if (!state_.output_ended) {
    peer_ended_first_ = state_.input_ended;
    add_close_notify(v.held(), deadline, "unwrap");
  }
  send_gathered(v.held(), deadline, "unwrap");
  await_close_notify(v.held(), deadline);
  require_no_other_thread();
  return leave_transport();
}

// It would keep using the transport.
void engine::require_no_other_thread() const {
  if (operations_ == 1) return;
  throw make_error(std::make_error_code(std::errc::device_or_resource_busy), "unwrap",
                   "another thread is using the stream");
}

// OpenSSL takes nothing that follows the close_notify: it reads record by record, since its own
// read-ahead is off.
void engine::await_close_notify(lock& l, time_point deadline) {
  for (bool waited = false; !state_.input_ended; waited = true) {
    if (waited && clock::now() >= deadline) throw make_error(ssl_errc::timed_out, "unwrap");
    const unsigned seen = receiver_.receipts();
    char c = 0;
    std::size_t got = 0;
    bio_.poll_again();
    switch (ask(l, [&] { return SSL_peek_ex(ssl_.get(), &c, 1, &got); })) {
      case outcome::done:
        throw make_error(std::make_error_code(std::errc::device_or_resource_busy), "unwrap",
                         "the peer has sent something that was not read");
      case outcome::ended:
        state_.input_ended = true;
        monitor_.notify_all();
        break;
      case outcome::wants_input:
        receive(l, seen, deadline, "unwrap");
        break;
      default:
        fail("unwrap");
    }
  }
  if (bio_.has_reported_end()) {
    throw make_error(ssl_errc::truncated, "unwrap", "the peer has sent no close_notify");
  }
  if (bio_.input_error()) throw make_error(bio_.input_error(), "unwrap");
}

engine::remains engine::leave_transport() {
  const no_cancellation uncanceled;
  remains rest;
  rest.input.assign(bio_.ahead().data(), bio_.ahead().size());
  left_ = std::make_unique<const addresses>(
      addresses{transport_->peer_address(), transport_->local_address()});
  const bool confirmed = peer_ended_first_ ? transport_->output_acknowledged()
                                           : !is_some_unacknowledged(transport_->fd());
  {
    const std::lock_guard<std::mutex> open(transport_mutex_);
    transport_open_ = state_.canceled;
  }
  check("unwrap");
  state_.closed = true;
  closed_how_ = confirmed ? close_result::delivered : close_result::unconfirmed;
  bio_.ahead().release();
  rest.over = std::move(transport_);
  return rest;
}

}  // namespace detail
}  // namespace iostls
