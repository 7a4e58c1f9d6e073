// SPDX-License-Identifier: Apache-2.0
#include "verification/certificate_verifier.hpp"

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include <openssl/x509_vfy.h>

#include "base/escape.hpp"
#include "credentials/certificate_text.hpp"
#include "credentials/host_match.hpp"
#include "credentials/x509_sharing.hpp"
#include "negotiation/encrypted_client_hello.hpp"
#include "negotiation/psk.hpp"
#include "openssl/callback_exception.hpp"
#include "openssl/ctx_ex_data.hpp"
#include "openssl/error.hpp"
#include "openssl/error_queue.hpp"
#include "openssl/raw_public_key.hpp"
#include "openssl/ssl_ex_data.hpp"
#include "options/effective_options.hpp"
#include "verification/dane.hpp"
#include "verification/expected_name.hpp"
#include "verification/ocsp_verification.hpp"
#include "verification/peer_purposes.hpp"
#include "verification/pins.hpp"

namespace iostls {
namespace detail {
namespace {

using shared_function = std::shared_ptr<const verify_function>;

// The rules for the peer of one connection; connections without rules have none.
struct peer_rules {
  bool must_verify = true;  // else the handshake continues whatever OpenSSL finds
  shared_function callback;
  std::string server_name;  // on a client
  std::vector<pin> pins;
  bool takes_raw_keys = false;  // that are pinned

  bool must_ask = false;            // nothing but our callback knows all rules for the peer
  bool asked = false;               // in any verification of a peer
  bool asked_in_handshake = false;  // in that of this connection's peer
  bool thrown = false;              // by the callback: the handshake ends

  // The results of verifying a peer once.
  struct findings {
    peer_waivers waivers;
    std::string refusal;     // the callback's, if OpenSSL had none
    bool wrong_key = false;  // the peer's key was refused
    pin key{};               // that key
  };
  findings found;
};

using rules_slot = ssl_ex_data<peer_rules>;

// The certificate of the peer's chain in which OpenSSL has found a fault.
struct faulty_certificate {
  refusal words;
};

using faulty_slot = ssl_ex_data<faulty_certificate>;

bool is_about_name(int error) noexcept {
  return error == X509_V_ERR_HOSTNAME_MISMATCH || error == X509_V_ERR_IP_ADDRESS_MISMATCH;
}

verify_event event_of(SSL* ssl, const peer_rules& rules, X509_STORE_CTX* context, int error) {
  verify_event event;
  event.certificate = shared_certificate(X509_STORE_CTX_get_current_cert(context));
  event.depth = X509_STORE_CTX_get_error_depth(context);
  event.accepted = error == X509_V_OK;
  event.code = error;
  if (error != X509_V_OK) event.text = X509_verify_cert_error_string(error);
  const char* const asked = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
  event.server_name = SSL_is_server(ssl) == 0 ? rules.server_name : asked != nullptr ? asked : "";
  return event;
}

// Asks the user's function about a finding.
bool is_let_pass(SSL* ssl, peer_rules& rules, X509_STORE_CTX* context, int error) {
  const verify_event event = event_of(ssl, rules, context, error);
  const bool passes = (*rules.callback)(event);
  if (!passes && event.accepted) {
    rules.found.refusal = "verify_callback has refused " +
                          subject_excerpt(X509_STORE_CTX_get_current_cert(context)) +
                          ", at depth " + std::to_string(event.depth);
  }
  if (passes && !event.accepted) {
    rules.found.waivers.any = true;
    rules.found.waivers.name = rules.found.waivers.name || is_about_name(error);
  }
  return passes;
}

SSL* connection_of(X509_STORE_CTX* context) noexcept {
  return static_cast<SSL*>(
      X509_STORE_CTX_get_ex_data(context, SSL_get_ex_data_X509_STORE_CTX_idx()));
}

extern "C" int iostls_ask_user(int accepted, X509_STORE_CTX* context) noexcept {
  SSL* const ssl = connection_of(context);
  peer_rules& rules = *rules_slot::get(ssl);
  // OpenSSL does not clear an error that was accepted.
  const int error = accepted != 0 ? X509_V_OK : X509_STORE_CTX_get_error(context);
  try {
    if (is_let_pass(ssl, rules, context, error)) return 1;
  } catch (...) {
    keep_callback_exception(ssl);
    rules.thrown = true;
  }
  if (error == X509_V_OK) {
    X509_STORE_CTX_set_error(context, X509_V_ERR_APPLICATION_VERIFICATION);
  }
  return 0;
}

// Of a certificate, or a raw public key.
template <class Key>
long key_fault(peer_rules& rules, const Key* shown) noexcept {
  if (rules.pins.empty()) return X509_V_OK;
  pin& key = rules.found.key;
  if (!pin_of(shown, key)) return X509_V_ERR_OUT_OF_MEM;
  rules.found.wrong_key = std::find(rules.pins.begin(), rules.pins.end(), key) == rules.pins.end();
  return rules.found.wrong_key ? X509_V_ERR_APPLICATION_VERIFICATION : X509_V_OK;
}

// There is no certificate for OpenSSL, or the user's function, to judge: only the pins decide.
long raw_key_fault(SSL* ssl, const EVP_PKEY* key) noexcept {
  peer_rules* const rules = ssl != nullptr ? rules_slot::get(ssl) : nullptr;
  const bool may_be = rules != nullptr && rules->takes_raw_keys && !rules->pins.empty();
  return may_be ? key_fault(*rules, key) : X509_V_ERR_APPLICATION_VERIFICATION;
}

bool judge_raw_key(SSL* ssl, X509_STORE_CTX* context, const EVP_PKEY* key) noexcept {
  if (ssl != nullptr) forget_peer(ssl);
  const long fault = raw_key_fault(ssl, key);
  X509_STORE_CTX_set_error(context, static_cast<int>(fault));
  return fault == X509_V_OK;
}

bool judge_by(peer_rules& rules, X509_STORE_CTX* context) noexcept {
  if (rules.callback) X509_STORE_CTX_set_verify_cb(context, iostls_ask_user);
  const bool verified = X509_verify_cert(context) == 1;
  if (!verified && X509_STORE_CTX_get_error(context) == X509_V_OK) {
    X509_STORE_CTX_set_error(context, X509_V_ERR_UNSPECIFIED);
  }
  if (rules.thrown || (!verified && rules.must_verify)) return false;
  const long fault = key_fault(rules, X509_STORE_CTX_get0_cert(context));
  if (fault != X509_V_OK) X509_STORE_CTX_set_error(context, static_cast<int>(fault));
  return fault == X509_V_OK;
}

// True if the program has set its own callback in the native context.
bool is_unasked(const SSL* ssl, const peer_rules* rules) noexcept {
  if (rules == nullptr || !rules->must_ask) return false;
  return SSL_session_reused(ssl) == 1 ? !rules->asked : !rules->asked_in_handshake;
}

// Keeps the fault for refusal_words(), which is called while OpenSSL's error queue holds the
// reasons and must not be touched. If there is no memory for the description, the fault itself is
// still reported.
void note_fault(SSL* ssl, X509_STORE_CTX* context, bool passes) noexcept try {
  if (SSL_get_verify_mode(ssl) == SSL_VERIFY_NONE) return;
  if (passes) return;
  refusal words = verification_explanation(ssl, context);
  if (const std::string* const name = rejecting_public_name(ssl)) {
    words.what = "the server has rejected ech_config, and must be \"" + *name +
                 "\", its public name: " + words.what;
  }
  faulty_slot::put(ssl, std::move(words));
} catch (const std::exception&) {  // NOLINT(bugprone-empty-catch): the error has no description
}

bool judge_our_peer(SSL* ssl, X509_STORE_CTX* context) noexcept {
  peer_rules* const rules = rules_slot::get(ssl);
  if (rules == nullptr) return X509_verify_cert(context) == 1;
  rules->asked = true;
  return judge_by(*rules, context);
}

// The server has rejected `ech_config`: it must have the public name of that (RFC 9849, 6.1.7), and no rule for
// our server is about this one.
bool judge_public_server(SSL* ssl, X509_STORE_CTX* context, const std::string& name) noexcept {
  X509_VERIFY_PARAM* const param = X509_STORE_CTX_get0_param(context);
  X509_STORE_CTX_set0_dane(context, nullptr);
  X509_VERIFY_PARAM_set_hostflags(param, host_match_flags);
  const bool is_set = X509_VERIFY_PARAM_set1_ip(param, nullptr, 0) == 1 &&
                      X509_VERIFY_PARAM_set1_host(param, name.data(), name.size()) == 1;
  const bool passes = is_set && X509_verify_cert(context) == 1;
  if (!is_set) X509_STORE_CTX_set_error(context, X509_V_ERR_OUT_OF_MEM);
  if (passes) note_proven_public_name(ssl);
  return passes;
}

extern "C" int iostls_judge_peer(X509_STORE_CTX* context, void*) noexcept {
  const bool passes = verify_peer(context);
  SSL* const ssl = connection_of(context);
  peer_rules* const rules = ssl != nullptr ? rules_slot::get(ssl) : nullptr;
  if (rules != nullptr) rules->asked_in_handshake = true;
  return passes ? 1 : 0;
}

}  // namespace

void apply_certificate_verifier(SSL_CTX* ctx, const verify_function& callback) {
  SSL_CTX_set_cert_verify_callback(ctx, iostls_judge_peer, nullptr);
  if (!callback) return;
  auto shared = std::make_shared<const verify_function>(callback);
  ctx_ex_data<shared_function>::put(ctx, std::make_unique<shared_function>(std::move(shared)));
}

bool has_verify_callback(const SSL* ssl) noexcept {
  return ctx_ex_data<shared_function>::get(ssl) != nullptr;
}

void apply_certificate_verifier(SSL* ssl, bool is_server, const connection_options& base,
                                const connection_options& own) {
  const verify_mode verify = verify_of(is_server, effective(base.verify, own.verify));
  const auto& pinned_public_keys = effective(base.pinned_public_keys, own.pinned_public_keys);
  const bool has_callback = verify != verify_mode::none && has_verify_callback(ssl);
  const bool has_records = effective(base.tlsa_records, own.tlsa_records).has_value();
  const bool must_ask =
      has_callback || has_records || (verify != verify_mode::none && has_peer_purposes(ssl));
  if (!pinned_public_keys.has_value() && !must_ask) return;
  if (is_server && verify == verify_mode::none) {
    throw_option_error(ssl_errc::bad_configuration, "pinned_public_keys",
                       "clients are not asked for a certificate; \"verify\" is none");
  }
  peer_rules rules;
  rules.must_ask = must_ask;
  rules.must_verify = is_server || verify == verify_mode::required;
  rules.pins = parse_pins(pinned_public_keys);
  rules.takes_raw_keys =
      value_of<&connection_options::accept_raw_public_keys>(is_server, base, own);
  if (has_callback) rules.callback = *ctx_ex_data<shared_function>::get(ssl);
  rules.server_name = effective(base.server_name, own.server_name).value_or("");
  rules_slot::put(ssl, std::move(rules));
  // A client that would continue whatever is found must stop if we demand it.
  if (!is_server) SSL_set_verify(ssl, SSL_VERIFY_PEER, SSL_get_verify_callback(ssl));
}

bool verify_peer(X509_STORE_CTX* context) noexcept {
  SSL* const ssl = connection_of(context);
  if (const EVP_PKEY* const key = raw_key_of(context)) return judge_raw_key(ssl, context, key);
  if (ssl == nullptr) return X509_verify_cert(context) == 1;
  settle_host(context, host_to_verify(ssl));
  forget_peer(ssl);
  if (!set_purpose(ssl, context)) {
    X509_STORE_CTX_set_error(context, X509_V_ERR_OUT_OF_MEM);
    return false;
  }
  const std::string* const public_name = public_name_to_prove(ssl);
  const bool passes = public_name != nullptr ? judge_public_server(ssl, context, *public_name)
                                             : judge_our_peer(ssl, context);
  note_tlsa_match(ssl);
  note_fault(ssl, context, passes);
  return passes;
}

void forget_peer(SSL* ssl) noexcept {
  if (peer_rules* const rules = rules_slot::get(ssl)) rules->found = peer_rules::findings();
  if (faulty_certificate* const earlier = faulty_slot::get(ssl)) earlier->words = {};
  forget_tlsa_match(ssl);
}

peer_waivers waivers_of(const SSL* ssl) noexcept {
  const peer_rules* const rules = rules_slot::get(ssl);
  return rules != nullptr ? rules->found.waivers : peer_waivers();
}

bool accepts_raw_key(SSL* ssl, const EVP_PKEY* key) noexcept {
  const bool accepts = raw_key_fault(ssl, key) == X509_V_OK;
  if (!accepts) forget_peer(ssl);
  clear_error_queue();
  return accepts;
}

long peer_key_fault(SSL* ssl) noexcept {
  peer_rules* const rules = rules_slot::get(ssl);
  if (const EVP_PKEY* const key = raw_key_of_peer(ssl)) {
    const long fault = raw_key_fault(ssl, key);
    clear_error_queue();
    return fault;
  }
  const X509* const leaf = SSL_get0_peer_certificate(ssl);
  if (leaf != nullptr && is_unasked(ssl, rules)) return X509_V_ERR_APPLICATION_VERIFICATION;
  if (rules == nullptr || rules->pins.empty() || psk_used(ssl)) return X509_V_OK;
  if (leaf == nullptr) {
    // Whether a client must have a certificate is not decided here.
    return SSL_is_server(ssl) == 1 ? X509_V_OK : X509_V_ERR_APPLICATION_VERIFICATION;
  }
  const long fault = key_fault(*rules, leaf);
  clear_error_queue();
  return fault;
}

refusal refusal_words(SSL* ssl) {
  const peer_rules* const rules = rules_slot::get(ssl);
  if (rules != nullptr && rules->found.wrong_key) {
    return {"the peer's key " + to_text(rules->found.key) + " is none of pinned_public_keys", {}};
  }
  if (raw_key_of_peer(ssl) != nullptr && (rules == nullptr || !rules->takes_raw_keys)) {
    return {"the peer has shown a raw public key, and accept_raw_public_keys is not set", {}};
  }
  if (is_unasked(ssl, rules)) {
    return {
        "nobody has judged the certificate: in the native context, another function has taken the "
        "place of SSL_CTX_set_cert_verify_callback's",
        {}};
  }
  std::string words = rules != nullptr ? rules->found.refusal : std::string();
  if (words.empty()) words = ocsp_refusal(ssl);
  const faulty_certificate* const faulty = faulty_slot::get(ssl);
  return words.empty() && faulty != nullptr ? faulty->words : refusal{std::move(words), {}};
}

}  // namespace detail
}  // namespace iostls
