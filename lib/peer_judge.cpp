// SPDX-License-Identifier: Apache-2.0
#include "peer_judge.hpp"

#include <algorithm>
#include <memory>
#include <vector>

#include <openssl/err.h>
#include <openssl/x509_vfy.h>

#include "connection_slot.hpp"
#include "error.hpp"
#include "ocsp_client.hpp"
#include "pins.hpp"
#include "psk.hpp"

namespace iostls {
namespace detail {
namespace {

// Of a connection that has any.
struct peer_rules {
  bool must_verify = true;  // else the handshake goes on whatever OpenSSL finds
  std::vector<pin> pins;
  bool wrong_key = false;  // the peer's key was refused
  pin key{};               // that key
};

using slot = connection_slot<peer_rules>;

long key_fault(peer_rules& rules, const X509* leaf) noexcept {
  if (rules.pins.empty()) return X509_V_OK;
  if (!pin_of(leaf, rules.key)) return X509_V_ERR_OUT_OF_MEM;
  rules.wrong_key = std::find(rules.pins.begin(), rules.pins.end(), rules.key) == rules.pins.end();
  return rules.wrong_key ? X509_V_ERR_APPLICATION_VERIFICATION : X509_V_OK;
}

bool judge_by(peer_rules& rules, X509_STORE_CTX* context) noexcept {
  const bool verified = X509_verify_cert(context) == 1;
  if (!verified && X509_STORE_CTX_get_error(context) == X509_V_OK) {
    X509_STORE_CTX_set_error(context, X509_V_ERR_UNSPECIFIED);
  }
  if (!verified && rules.must_verify) return false;
  const long fault = key_fault(rules, X509_STORE_CTX_get0_cert(context));
  if (fault != X509_V_OK) X509_STORE_CTX_set_error(context, static_cast<int>(fault));
  return fault == X509_V_OK;
}

extern "C" int iostls_judge_peer(X509_STORE_CTX* context, void*) noexcept {
  return judge_peer(context) ? 1 : 0;
}

}  // namespace

void apply_peer_judge(SSL_CTX* ctx) noexcept {
  SSL_CTX_set_cert_verify_callback(ctx, iostls_judge_peer, nullptr);
}

void apply_peer_judge(SSL* ssl, bool is_server, verify_mode verify,
                      const setting<std::vector<std::string>>& pinned_public_keys) {
  if (!pinned_public_keys.has_value()) return;
  if (is_server && verify == verify_mode::none) {
    throw_option_error(ssl_errc::bad_configuration, "pinned_public_keys",
                       "clients are not asked for a certificate; \"verify\" is none");
  }
  auto rules = std::make_unique<peer_rules>();
  rules->must_verify = is_server || verify == verify_mode::required;
  rules->pins = parse_pins(pinned_public_keys);
  slot::put(ssl, std::move(rules));
  // A client that would go on whatever is found must stop if we say so.
  if (!is_server) SSL_set_verify(ssl, SSL_VERIFY_PEER, SSL_get_verify_callback(ssl));
}

bool judge_peer(X509_STORE_CTX* context) noexcept {
  const void* const ssl = X509_STORE_CTX_get_ex_data(context, SSL_get_ex_data_X509_STORE_CTX_idx());
  peer_rules* const rules = ssl != nullptr ? slot::get(static_cast<const SSL*>(ssl)) : nullptr;
  return rules != nullptr ? judge_by(*rules, context) : X509_verify_cert(context) == 1;
}

long peer_key_fault(SSL* ssl) noexcept {
  peer_rules* const rules = slot::get(ssl);
  if (rules == nullptr || rules->pins.empty() || psk_used(ssl)) return X509_V_OK;
  const X509* const leaf = SSL_get0_peer_certificate(ssl);
  if (leaf == nullptr) {
    // Whether a client must have one is not asked here.
    return SSL_is_server(ssl) == 1 ? X509_V_OK : X509_V_ERR_APPLICATION_VERIFICATION;
  }
  const long fault = key_fault(*rules, leaf);
  ERR_clear_error();
  return fault;
}

std::string refusal_words(SSL* ssl) {
  const peer_rules* const rules = slot::get(ssl);
  if (rules == nullptr || !rules->wrong_key) return ocsp_refusal(ssl);
  return "the peer's key " + to_text(rules->key) + " is none of pinned_public_keys";
}

}  // namespace detail
}  // namespace iostls
