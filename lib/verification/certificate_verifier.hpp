// SPDX-License-Identifier: Apache-2.0
// Our own checks of the peer's certificate, in addition to OpenSSL's: pins, and the verdict of the
// user's function.
#pragma once

#include <openssl/ssl.h>

#include <iostls/options.hpp>

#include "verification/verification_explanation.hpp"

namespace iostls {
namespace detail {

// Makes a fresh context call us about certificates, and us the user's function, if there is one.
void apply_certificate_verifier(SSL_CTX* ctx, const verify_function& callback);

// Whether the connection's context has such a function.
bool has_verify_callback(const SSL* ssl) noexcept;

// Prepares a connection of such a context, whose options are `base`.
void apply_certificate_verifier(SSL* ssl, bool is_server, const connection_options& base,
                                const connection_options& own);

// Verifies the certificates of `context`, which is set up for X509_verify_cert(3) and belongs to a
// connection. Returns whether the handshake may continue; the context's error has what was found.
bool verify_peer(X509_STORE_CTX* context) noexcept;

// Discards the result of verify_peer(): it was about another peer than this connection's.
void forget_peer(SSL* ssl) noexcept;

// What the user's function has accepted although OpenSSL has not.
struct peer_waivers {
  bool any = false;
  bool name = false;  // that the certificate is for another host
};
peer_waivers waivers_of(const SSL* ssl) noexcept;

// Whether a connection accepts a raw public key that a peer has shown when the session was made.
bool accepts_raw_key(SSL* ssl, const EVP_PKEY* key) noexcept;

// To be called after a handshake, also after one that verified nothing because it resumed a
// session. Returns X509_V_OK, or why the peer's key is not one of the pinned keys, or why the peer
// was not verified at all.
long peer_key_fault(SSL* ssl) noexcept;

// Why the peer's certificate was refused, if that was our decision; otherwise which certificate of
// the chain OpenSSL has rejected, if it has reported that; otherwise empty.
refusal refusal_words(SSL* ssl);

}  // namespace detail
}  // namespace iostls
