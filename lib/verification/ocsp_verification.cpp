// SPDX-License-Identifier: Apache-2.0
#include "verification/ocsp_verification.hpp"

#include <algorithm>
#include <ctime>
#include <memory>
#include <utility>

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "base/utc_time.hpp"
#include "credentials/ocsp_response.hpp"
#include "openssl/callback_exception.hpp"
#include "openssl/error.hpp"
#include "openssl/error_queue.hpp"
#include "openssl/ssl_ex_data.hpp"
#include "options/effective_options.hpp"
#include "verification/session_chain_verifier.hpp"

namespace iostls {
namespace detail {
namespace {

struct finding {
  ocsp_result result = ocsp_result::not_requested;
  std::string words;  // why it is not good
  bool refused = false;
};

// The state of a connection that asks for a response.
struct inquiry {
  ocsp_mode mode = ocsp_mode::none;
  bool is_decisive = true;  // whether a finding against the server ends the handshake
  finding outcome;
  ocsp_evidence evidence;
};

using inquiry_slot = ssl_ex_data<inquiry>;

[[noreturn]] void refuse_ocsp(const char* message) {
  throw_option_error(ssl_errc::bad_configuration, "ocsp", message);
}

// The extension "TLS feature" (RFC 7633) promises a response: a server without one must not be
// trusted. An extension that cannot be parsed is taken for one.
bool must_staple(X509* leaf) {
  using features_ptr = openssl_ptr<TLS_FEATURE, TLS_FEATURE_free>;
  int found = -1;
  const features_ptr features(
      static_cast<TLS_FEATURE*>(X509_get_ext_d2i(leaf, NID_tlsfeature, &found, nullptr)));
  if (features == nullptr) return found != -1;
  for (int i = 0; i < sk_ASN1_INTEGER_num(features.get()); ++i) {
    const ASN1_INTEGER* const feature = sk_ASN1_INTEGER_value(features.get(), i);
    if (ASN1_INTEGER_get(feature) == TLSEXT_TYPE_status_request) return true;
  }
  return false;
}

bool is_refused(ocsp_mode mode, ocsp_result result, X509* leaf) {
  switch (result) {
    case ocsp_result::good:
      return false;
    case ocsp_result::unknown:
      return mode == ocsp_mode::require;
    case ocsp_result::missing:
      return mode == ocsp_mode::require || must_staple(leaf);
    default:
      return true;
  }
}

long verify_code(ocsp_result result) noexcept {
  switch (result) {
    case ocsp_result::good:
      return X509_V_OK;
    case ocsp_result::revoked:
      return X509_V_ERR_CERT_REVOKED;
    case ocsp_result::unknown:
      return X509_V_ERR_OCSP_CERT_UNKNOWN;
    case ocsp_result::not_requested:
    case ocsp_result::missing:
      return X509_V_ERR_OCSP_VERIFY_NEEDED;
    default:
      return X509_V_ERR_OCSP_VERIFY_FAILED;
  }
}

ocsp_answer read(SSL* ssl, X509* leaf, const std::vector<X509*>& chain,
                 const std::string& response) {
  ocsp_answer answer;
  const x509_ptr issuer = find_issuer(verify_store(ssl), leaf, chain);
  if (issuer == nullptr) {
    answer.words = "the issuer of the certificate is not there to check the OCSP response";
    return answer;
  }
  return read_ocsp_response(response, leaf, issuer.get(), SSL_get_security_level(ssl));
}

void judge_time(ocsp_answer& answer) {
  const utc_seconds now = std::time(nullptr);
  if (answer.result == ocsp_result::invalid) return;
  if (is_current(answer.from, answer.until, now, ocsp_clock_skew)) return;
  answer.result = ocsp_result::expired;
  answer.words = "the OCSP response is valid from " + utc_text(answer.from) + " until " +
                 utc_text(answer.until);
}

// Judges a certificate that has been verified with `chain`.
finding judge(SSL* ssl, ocsp_mode mode, X509* leaf, const std::vector<X509*>& chain,
              const std::string& response) {
  finding v;
  if (response.empty()) {
    v.result = ocsp_result::missing;
    v.words = "the server has sent no OCSP response";
  } else {
    ocsp_answer answer = read(ssl, leaf, chain, response);
    judge_time(answer);
    v.result = answer.result;
    v.words = std::move(answer.words);
  }
  v.refused = is_refused(mode, v.result, leaf);
  return v;
}

std::string stapled(SSL* ssl) {
  const unsigned char* data = nullptr;
  const long size = SSL_get_tlsext_status_ocsp_resp(ssl, &data);
  if (data == nullptr || size <= 0) return {};
  return {reinterpret_cast<const char*>(data), static_cast<std::size_t>(size)};
}

// If the client requires a certificate, this one has been verified, or the user's function has
// accepted it, which does not exempt its status from the check.
finding judge_handshake(SSL* ssl, const inquiry& asked, X509* leaf, const std::string& response) {
  if (!asked.is_decisive && SSL_get_verify_result(ssl) != X509_V_OK) {
    return {ocsp_result::invalid, "the certificate does not verify", false};
  }
  const STACK_OF(X509)* const verified = SSL_get0_verified_chain(ssl);
  std::vector<X509*> chain(static_cast<std::size_t>((std::max)(sk_X509_num(verified), 0)));
  for (std::size_t i = 0; i != chain.size(); ++i) {
    chain[i] = sk_X509_value(verified, static_cast<int>(i));
  }
  return judge(ssl, asked.mode, leaf, chain, response);
}

// True if the handshake may continue.
bool judge_server(SSL* ssl, inquiry& asked) {
  X509* const leaf = SSL_get0_peer_certificate(ssl);
  // In TLS 1.3, OpenSSL also calls this for resumed sessions. They were judged when they were
  // offered.
  if (leaf == nullptr || SSL_session_reused(ssl) == 1) return true;
  asked.evidence = stapled(ssl);
  asked.outcome = judge_handshake(ssl, asked, leaf, *asked.evidence);
  if (!asked.outcome.refused) return true;
  SSL_set_verify_result(ssl, verify_code(asked.outcome.result));
  return !asked.is_decisive;
}

// Called when the server's certificate has been verified, with or without a response. OpenSSL's
// reasons against a response are kept only if the handshake ends: otherwise OpenSSL would take them
// for a failure of its own.
extern "C" int judge_status(SSL* ssl, void*) noexcept {
  inquiry* const asked = inquiry_slot::get(ssl);
  if (asked == nullptr) return 1;
  try {
    ERR_set_mark();
    const bool goes_on = judge_server(ssl, *asked);
    goes_on ? ERR_pop_to_mark() : ERR_clear_last_mark();
    return goes_on ? 1 : 0;
  } catch (...) {
    keep_callback_exception(ssl);
    return -1;
  }
}

}  // namespace

void apply_ocsp(SSL_CTX* ctx) { SSL_CTX_set_tlsext_status_cb(ctx, judge_status); }

void apply_ocsp(SSL* ssl, const connection_options& base, const connection_options& own) {
  const ocsp_mode mode = value_of<&connection_options::ocsp>(false, base, own);
  if (mode == ocsp_mode::none) return;
  const verify_mode verify = verify_of(false, effective(base.verify, own.verify));
  if (verify == verify_mode::none) {
    refuse_ocsp("the status of a certificate has no effect if verify is none");
  }
  inquiry& asked = inquiry_slot::put(ssl);
  asked.mode = mode;
  asked.is_decisive = verify == verify_mode::required;
  SSL_set_tlsext_status_type(ssl, TLSEXT_STATUSTYPE_ocsp);
}

bool ocsp_allows(SSL* ssl, X509* leaf, const std::vector<x509_ptr>& chain,
                 const ocsp_evidence& evidence) {
  inquiry* const asked = inquiry_slot::get(ssl);
  if (asked == nullptr) return true;
  if (!evidence.has_value()) return false;
  std::vector<X509*> candidates = pointers_to(chain);
  candidates.insert(candidates.begin(), leaf);
  finding v = judge(ssl, asked->mode, leaf, candidates, *evidence);
  clear_error_queue();
  if (v.refused) return false;
  asked->outcome = std::move(v);
  asked->evidence = evidence;
  return true;
}

ocsp_evidence ocsp_evidence_of(const SSL* ssl) {
  const inquiry* const asked = inquiry_slot::get(ssl);
  return asked != nullptr ? asked->evidence : ocsp_evidence();
}

ocsp_result ocsp_result_of(const SSL* ssl) noexcept {
  const inquiry* const asked = inquiry_slot::get(ssl);
  return asked != nullptr ? asked->outcome.result : ocsp_result::not_requested;
}

std::string ocsp_refusal(const SSL* ssl) {
  const inquiry* const asked = inquiry_slot::get(ssl);
  return asked != nullptr && asked->outcome.refused ? asked->outcome.words : std::string();
}

long ocsp_fault(SSL* ssl) noexcept {
  const inquiry* const asked = inquiry_slot::get(ssl);
  if (asked == nullptr || SSL_get0_peer_certificate(ssl) == nullptr) return X509_V_OK;
  const ocsp_result result = asked->outcome.result;
  if (result == ocsp_result::not_requested) return X509_V_ERR_OCSP_VERIFY_NEEDED;
  return asked->outcome.refused ? verify_code(result) : X509_V_OK;
}

}  // namespace detail
}  // namespace iostls
