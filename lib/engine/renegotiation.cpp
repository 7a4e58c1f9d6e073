// SPDX-License-Identifier: Apache-2.0
#include "engine/renegotiation.hpp"

#include <openssl/x509.h>

#include "negotiation/renegotiation_option.hpp"
#include "openssl/raw_public_key.hpp"

namespace iostls {
namespace detail {
namespace {

std::string protocol_of(const SSL* ssl) {
  const unsigned char* name = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(ssl, &name, &size);
  return {name, name + size};
}

}  // namespace

void renegotiation::begin(SSL* ssl) {
  // OpenSSL would renegotiate without RFC 5746 where it may connect without (UnsafeLegacyServerConnect).
  if (SSL_get_secure_renegotiation_support(ssl) == 0) forbid_renegotiation(ssl);
  // A raw public key is not kept for comparison.
  if (raw_key_of_peer(ssl) != nullptr) forbid_renegotiation(ssl);
  possible_ = allows_renegotiation(ssl);
  if (!possible_) return;
  certificate_.reset(SSL_get1_peer_certificate(ssl));
  protocol_ = protocol_of(ssl);
}

bool renegotiation::is_to_be_judged(SSL* ssl, bool has_data) noexcept {
  const int begun = static_cast<int>(SSL_num_renegotiations(ssl));
  if (limit_ != 0 && begun >= limit_) forbid_renegotiation(ssl);
  // A single call may complete one and begin the next: data belong to the last one that is complete. If
  // the next has replaced its certificate already, nothing can be compared, and the peer is refused.
  const bool in_next = SSL_in_init(ssl) != 0;
  completed_ = in_next ? begun - 1 : begun;
  return completed_ != judged_ && (has_data || !in_next);
}

void renegotiation::has_passed() noexcept {
  judged_ = completed_;
  if (limit_ != 0 && judged_ >= limit_) possible_ = false;
}

bool renegotiation::has_other_certificate(SSL* ssl) const noexcept {
  const X509* const now = SSL_get0_peer_certificate(ssl);
  if (now == nullptr || certificate_ == nullptr) return now != certificate_.get();
  return X509_cmp(now, certificate_.get()) != 0;
}

}  // namespace detail
}  // namespace iostls
