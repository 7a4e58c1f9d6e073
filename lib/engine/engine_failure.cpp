// SPDX-License-Identifier: Apache-2.0
// How failures are reported, and which of them stay.
#include <chrono>
#include <exception>
#include <string>

#include <openssl/x509.h>

#include "engine/client_hello_gate.hpp"
#include "engine/engine.hpp"
#include "engine/handshake_explanation.hpp"
#include "engine/operation_guard.hpp"
#include "negotiation/encrypted_client_hello.hpp"
#include "openssl/callback_exception.hpp"
#include "openssl/error.hpp"
#include "openssl/error_queue.hpp"
#include "openssl/openssl_failure.hpp"
#include "verification/certificate_verifier.hpp"
#include "verification/expected_name.hpp"

namespace iostls {
namespace detail {
namespace {

// How long a thread whose sending failed waits for another thread to read the reason.
constexpr std::chrono::milliseconds alert_patience(200);

}  // namespace

// If memory is short, the result is `out_of_memory()`.
ssl_error engine::make_error(std::error_code code, const char* operation, std::string_view words,
                             long verify_result, std::string_view advice) const try {
  // Failures that this side has caused do not name the peer.
  if (code == ssl_errc::closed || code == ssl_errc::canceled || code == ssl_errc::woken) {
    return detail::make_error(code, operation, words, verify_result, advice);
  }
  const std::string more =
      !words.empty() ? std::string(words)
                     : failure_words(ssl_.get(), code, bio_.first_input(), state_.handshake_done);
  std::string text = peer_text();
  if (!text.empty() && !more.empty()) text += ": ";
  const std::string configs =
      code == ssl_errc::ech_rejected ? ech_retry_configs(ssl_.get()) : std::string();
  return detail::make_error(code, operation, text + more, verify_result, advice, configs);
} catch (const std::bad_alloc&) {
  clear_error_queue();
  return out_of_memory();
}

// "localhost:443 (127.0.0.1:443)".
std::string engine::peer_text() const {
  std::string address = peer_address();
  const std::string name =
      !dialed_.empty() || monitor_.is_apart() ? dialed_ : expected_name(ssl_.get());
  if (name.empty() || name == address) return address;
  return address.empty() ? name : name + " (" + address + ")";
}

void engine::report_closed(const char* operation) const {
  throw make_error(state_.closed ? ssl_errc::closed : ssl_errc::canceled, operation);
}

void engine::report_late_input() {
  const lock l(monitor_);
  throw make_error(ssl_errc::timed_out, "read");
}

void engine::latch(const ssl_error& why) noexcept {
  state_.fail(why);
  monitor_.notify_all();
}

// After cancel(), its consequences need not be reported.
void engine::fail(const char* operation) {
  check(operation);
  const std::exception_ptr thrown = take_callback_exception(ssl_.get());
  const std::error_code code = thrown ? std::error_code(ssl_errc::handshake_failed)
                                      : openssl_failure(bio_.input_error(), state_.handshake_done);
  const long verify_result =
      code == ssl_errc::certificate_rejected ? SSL_get_verify_result(ssl_.get()) : X509_V_OK;
  refusal words;
  if (thrown) {
    words.what = "a function of the options has thrown: " + words_of(thrown);
  } else if (verify_result != X509_V_OK) {
    words = refusal_words(ssl_.get());
  } else if (hello_) {
    words.what = hello_->refusal();
  }
  const ssl_error why = make_error(code, operation, words.what, verify_result, words.advice);
  latch(why);
  sender_.try_to_send();  // mostly our own alert; what cannot be sent now is left to close()
  if (!thrown) throw why;
  try {
    std::rethrow_exception(thrown);
  } catch (...) {
    std::throw_with_nested(why);
  }
}

void engine::fail_sending(lock& l, std::error_code why, const char* operation) {
  read_pending_alert(l, operation);
  const ssl_error e = make_error(why, operation);
  state_.handshake_done ? state_.end_output(e) : latch(e);
  throw e;
}

// A peer that refuses us sends an alert and closes; our next send then fails with EPIPE or
// ECONNRESET, but the reason may have arrived already. If so, that is the failure.
void engine::read_pending_alert(lock& l, const char* operation) {
  if (receiver_.is_busy()) {  // the thread that reads gets it first
    const time_point soon = clock::now() + alert_patience;
    monitor_.wait_for_change(
        l, soon, [this] { return state_.input_error || state_.input_ended || state_.closed; });
  }
  if (state_.input_error && state_.input_error->code() == ssl_errc::alert_received)
    throw *state_.input_error;
  if (monitor_.is_apart() || receiver_.is_busy() || state_.tls_failed || state_.input_ended) return;
  char c = 0;
  std::size_t got = 0;
  bio_.poll_again();
  const outcome heard = ask(l, [&] {
    return state_.handshake_done ? SSL_peek_ex(ssl_.get(), &c, 1, &got)
                                 : SSL_do_handshake(ssl_.get());
  });
  if (heard == outcome::ended) state_.input_ended = true;
  if (heard != outcome::failed) return;
  const std::error_code kind = openssl_failure(bio_.input_error(), state_.handshake_done);
  if (kind == ssl_errc::alert_received) fail(operation);
  state_.input_error = make_error(kind, "read");
  state_.tls_failed = true;
}

}  // namespace detail
}  // namespace iostls
