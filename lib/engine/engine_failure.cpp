// SPDX-License-Identifier: Apache-2.0
// What a connection holds against its peer, and how its failures are reported.
#include <exception>

#include <openssl/x509.h>

#include "context/context.hpp"
#include "engine/engine.hpp"
#include "engine/handshake_explanation.hpp"
#include "engine/operation_guard.hpp"
#include "engine/post_handshake_checks.hpp"
#include "negotiation/psk.hpp"
#include "openssl/callback_exception.hpp"
#include "openssl/error.hpp"
#include "openssl/error_queue.hpp"
#include "openssl/openssl_failure.hpp"
#include "verification/certificate_verifier.hpp"
#include "verification/host_name_recheck.hpp"
#include "verification/ocsp_client.hpp"

namespace iostls {
namespace detail {

// Where memory is short, the result is `out_of_memory()`.
ssl_error engine::make_error(std::error_code code, const char* operation, std::string_view words,
                             long verify_result, std::string_view advice) const try {
  // What this side has done has nothing to do with the peer.
  if (code == ssl_errc::closed || code == ssl_errc::canceled || code == ssl_errc::woken) {
    return detail::make_error(code, operation, words, verify_result, advice);
  }
  const std::string more =
      !words.empty() ? std::string(words)
                     : failure_words(ssl_.get(), code, bio_.first_input(), handshake_done_);
  std::string text = peer_text();
  if (!text.empty() && !more.empty()) text += ": ";
  return detail::make_error(code, operation, text + more, verify_result, advice);
} catch (const std::bad_alloc&) {
  clear_error_queue();
  return out_of_memory();
}

// "localhost:443 (127.0.0.1:443)".
std::string engine::peer_text() const {
  const std::string address = peer_address();
  const std::string name = !dialed_.empty() || is_apart() ? dialed_ : expected_name(ssl_.get());
  if (name.empty() || name == address) return address;
  return address.empty() ? name : name + " (" + address + ")";
}

void engine::report_closed(const char* operation) const {
  throw make_error(closed_ ? ssl_errc::closed : ssl_errc::canceled, operation);
}

void engine::end_input(const ssl_error& why) noexcept {
  if (!input_error_) input_error_ = why;
}

void engine::end_output(const ssl_error& why) noexcept {
  if (!output_error_) output_error_ = why;
  output_failed_ = true;
}

void engine::latch(const ssl_error& why) noexcept {
  end_input(why);
  end_output(why);
  tls_failed_ = true;
  changed_.notify_all();
}

// The rest of a thread's reception or sending is lost: it was canceled, or its transport is broken.
void engine::abandon_input() noexcept {
  bio_.ahead().release();
  const ssl_error why = make_error(ssl_errc::canceled, "read");
  handshake_done_ ? end_input(why) : latch(why);
  changed_.notify_all();
}

void engine::abandon_output() noexcept {
  const ssl_error why = make_error(ssl_errc::canceled, "write");
  handshake_done_ ? end_output(why) : latch(why);
}

// After cancel(), nobody needs to know what that led to.
void engine::fail(const char* operation) {
  check(operation);
  const std::exception_ptr thrown = take_callback_exception(ssl_.get());
  const std::error_code code = thrown ? std::error_code(ssl_errc::handshake_failed)
                                      : openssl_failure(bio_.input_error(), handshake_done_);
  const long verify_result =
      code == ssl_errc::certificate_rejected ? SSL_get_verify_result(ssl_.get()) : X509_V_OK;
  refusal words;
  if (thrown) {
    words.what = "a function of the options has thrown: " + words_of(thrown);
  } else if (verify_result != X509_V_OK) {
    words = refusal_words(ssl_.get());
  }
  const ssl_error why = make_error(code, operation, words.what, verify_result, words.advice);
  latch(why);
  try_send_alert();
  if (!thrown) throw why;
  try {
    std::rethrow_exception(thrown);
  } catch (...) {
    std::throw_with_nested(why);
  }
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

// What OpenSSL may not have looked at.
void engine::check_peer(lock& l) {
  const long key_fault = peer_key_fault(ssl_.get());
  if (key_fault != X509_V_OK) reject_peer(key_fault, refusal_words(ssl_.get()));
  if (verify_ == verify_mode::none) return;
  const bool is_known =
      SSL_get0_peer_certificate(ssl_.get()) != nullptr || psk_was_used(ssl_.get());
  // Ciphers without authentication, if the options let them in, ask for no certificate.
  if (verify_ == verify_mode::required && !is_known) {
    const std::string peer = state_->is_server() ? "the client" : "the server";
    reject_peer(X509_V_ERR_APPLICATION_VERIFICATION, {peer + " has shown no certificate", {}});
  }
  const long name_fault = host_name_fault(ssl_.get());
  long fault = name_fault;
  if (fault == X509_V_OK) {
    const apart from_others(*this, l);
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

// What OpenSSL takes for a success may be none to our options. A server that waits for the last
// message of the handshake does not get it then.
void engine::check_after_handshake() {
  const std::string fault = post_handshake_fault(ssl_.get());
  if (fault.empty()) return;
  bio_.gathered().release();
  const ssl_error why = make_error(ssl_errc::handshake_failed, "handshake", fault);
  latch(why);
  throw why;
}

}  // namespace detail
}  // namespace iostls
