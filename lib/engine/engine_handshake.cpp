// SPDX-License-Identifier: Apache-2.0
// The handshake, and the checks after it.
#include <string>
#include <utility>

#include <openssl/x509.h>

#include "context/context.hpp"
#include "engine/client_hello_gate.hpp"
#include "engine/engine.hpp"
#include "engine/new_connection.hpp"
#include "engine/operation_guard.hpp"
#include "engine/post_handshake_checks.hpp"
#include "negotiation/message_trace.hpp"
#include "negotiation/psk.hpp"
#include "openssl/callback_exception.hpp"
#include "openssl/error.hpp"
#include "openssl/raw_public_key.hpp"
#include "options/effective_options.hpp"
#include "verification/certificate_verifier.hpp"
#include "verification/expected_name.hpp"
#include "verification/ocsp_verification.hpp"

namespace iostls {
namespace detail {

void engine::handshake(time_point limit) {
  operation_guard v(*this, "handshake", lock::wakes::end_waits, limit);
  ensure_handshake(v.held(), limit);
  if (state_.output_error) return;
  // A server of TLS 1.3 has only session tickets left to send. They are not waited for: they are
  // sent with its first data, or when it waits for input. If the client is gone by then, that does
  // not matter.
  if (context_->is_server() && SSL_version(ssl_.get()) >= TLS1_3_VERSION) return;
  send_handshake(v.held(), limits_.handshake_deadline(limit), "handshake");
}

void engine::complete_handshake(time_point limit) {
  operation_guard v(*this, "handshake", lock::wakes::end_waits, limit);
  ensure_handshake(v.held(), limit);
}

void engine::ensure_handshake(lock& l, time_point limit) {
  if (state_.handshake_done) return;
  if (handshake_began_ == never) handshake_began_ = clock::now();
  try {
    if (!state_.handshake_started) begin_handshake(l);
    continue_handshake(l, limit);
  } catch (const ssl_error& e) {
    // A handshake that exceeded its own limit has failed for good, unlike one that merely exceeded
    // another limit.
    if (e.code() == ssl_errc::timed_out && limits_.handshake_is_overdue()) latch(e);
    report_failure(l, e);
    throw;
  }
  report_success(l);
  check("handshake");
}

void engine::begin_handshake(lock& l) {
  limits_.begin_handshake();
  if (resumption_ != nullptr) {
    const connection_lock::apart from_others(monitor_, l);
    resumption_->offer(fd());
  }
  check("handshake");
  if (callback_has_thrown(ssl_.get())) fail("handshake");
  state_.handshake_started = true;
}

void engine::continue_handshake(lock& l, time_point limit) {
  for (bool waited = false;; waited = true) {
    if (state_.input_error) throw *state_.input_error;
    if (state_.handshake_done) return;  // another thread has finished it meanwhile
    const unsigned seen = receiver_.receipts();
    const outcome came = ask(l, [this] { return SSL_do_handshake(ssl_.get()); });
    check("handshake");
    if (state_.input_error) throw *state_.input_error;
    switch (came) {
      case outcome::done:
        check_after_handshake();  // first: it also accepts clients that need no name
        check_peer(l);
        return handshake_is_done();
      case outcome::changes_context:
        change_context();
        break;
      case outcome::wants_input:
        wait_for_handshake(l, seen, limits_.handshake_deadline(limit), waited);
        break;
      default:
        if (is_given_up(ssl_.get())) throw make_error(ssl_errc::timed_out, "handshake");
        fail("handshake");
    }
  }
}

// Sends this end's messages, and waits for the peer's.
void engine::wait_for_handshake(lock& l, unsigned seen, time_point deadline, bool waited) {
  sender_.end_handshake();
  send_handshake(l, deadline, "handshake");
  // Input that never ends would keep each single wait from timing out.
  if (waited && clock::now() >= deadline) throw make_error(ssl_errc::timed_out, "handshake");
  receive(l, seen, deadline, "handshake");
}

// The user's function has chosen another context than the one that the stream was made of.
void engine::change_context() {
  const std::shared_ptr<const context_state> before = std::move(context_);
  const connection_options& own = hello_->own();
  context_ = hello_->enter(ssl_, has_shared_native_);
  verify_ = verify_of(true, effective(base().verify, own.verify));
  limits_.replace(limits_of(*before, own), limits_of(*context_, own));
  bio_.count_by(context_->counters().get());
  watch_handshake(ssl_.get(), watch_);
}

void engine::handshake_is_done() {
  state_.handshake_done = true;
  bio_.stop_keeping_first_input();
  bio_.stop_recording();
  renegotiation_.begin(ssl_.get());
  note_callbacks();
  handshake_duration_ = clock::now() - handshake_began_;
  sender_.end_handshake();
}

void engine::send_handshake(lock& l, time_point deadline, const char* operation) {
  require_sent(l, sender_.send_handshake(l, deadline), operation);
}

// A handshake that OpenSSL accepts may still violate our options. A server that waits for the last
// message of the handshake does not get it then.
void engine::check_after_handshake() {
  std::string fault = post_handshake_fault(ssl_.get(), !state_.handshake_done);
  if (fault.empty() && hello_) fault = hello_->fault(ssl_.get());
  if (fault.empty()) return;
  bio_.gathered().release();
  const ssl_error why = make_error(ssl_errc::handshake_failed, "handshake", fault);
  latch(why);
  throw why;
}

// To be called before anything is delivered, or sent, that OpenSSL may have taken after another
// handshake.
void engine::judge_renegotiation(lock& l, bool has_data) {
  if (!renegotiation_.is_possible() || !renegotiation_.is_to_be_judged(ssl_.get(), has_data))
    return;
  if (renegotiation_.has_other_certificate(ssl_.get())) {
    reject_peer(X509_V_ERR_APPLICATION_VERIFICATION,
                {"the peer has shown another certificate in a renegotiation than before", {}});
  }
  check_after_handshake();
  check_peer(l);
  renegotiation_.has_passed();
  note_callbacks();
}

// After a handshake, OpenSSL seldom calls functions of options.
void engine::note_callbacks() noexcept {
  calls_back_ = renegotiation_.is_possible() || has_message_trace(ssl_.get());
}

// Checks that OpenSSL may not have made.
void engine::check_peer(lock& l) {
  const long key_fault = peer_key_fault(ssl_.get());
  if (key_fault != X509_V_OK) reject_peer(key_fault, refusal_words(ssl_.get()));
  if (verify_ == verify_mode::none) return;
  const bool is_known = SSL_get0_peer_certificate(ssl_.get()) != nullptr ||
                        raw_key_of_peer(ssl_.get()) != nullptr || psk_was_used(ssl_.get());
  // Ciphers without authentication, if the options allow them, need no certificate.
  if (verify_ == verify_mode::required && !is_known) {
    const std::string peer = context_->is_server() ? "the client" : "the server";
    reject_peer(X509_V_ERR_APPLICATION_VERIFICATION, {peer + " has shown no certificate", {}});
  }
  const long name_fault = host_name_fault(ssl_.get());
  long fault = name_fault;
  if (fault == X509_V_OK) {
    const connection_lock::apart from_others(monitor_, l);
    fault = ocsp_fault(ssl_.get());
  }
  check("handshake");
  if (fault == X509_V_OK) return;
  if (verify_ == verify_mode::required) {
    const X509* const leaf = SSL_get0_peer_certificate(ssl_.get());
    reject_peer(fault, name_fault != X509_V_OK ? wrong_name_words(ssl_.get(), leaf)
                                               : refusal_words(ssl_.get()));
  }
  SSL_set_verify_result(ssl_.get(), fault);  // for info()
}

// A server that waits for the last message of the handshake does not get it then.
void engine::reject_peer(long fault, const refusal& words) {
  bio_.gathered().release();
  SSL_set_verify_result(ssl_.get(), fault);
  const ssl_error why =
      make_error(ssl_errc::certificate_rejected, "handshake", words.what, fault, words.advice);
  latch(why);
  throw why;
}

}  // namespace detail
}  // namespace iostls
