// SPDX-License-Identifier: Apache-2.0
// What we hold against the peer's certificate besides what OpenSSL does: pins, and the verdict of
// the user's function.
#pragma once

#include <vector>

#include <openssl/ssl.h>

#include <iostls/options.hpp>

#include "verification/verification_explanation.hpp"

namespace iostls {
namespace detail {

// Makes a fresh context ask us about certificates, and us the user's function, if there is one.
void apply_certificate_verifier(SSL_CTX* ctx, const verify_function& callback);

// Whether the connection's context has such a function.
bool has_verify_callback(const SSL* ssl) noexcept;

// Prepares a connection of such a context; the settings are those that hold for it in all.
void apply_certificate_verifier(SSL* ssl, bool is_server, verify_mode verify,
                                const setting<std::vector<std::string>>& pinned_public_keys,
                                const setting<std::string>& server_name);

// Judges the certificates of a context that is set up for X509_verify_cert(3) and belongs to a
// connection: whether the handshake may go on. The context's error has what was found.
bool verify_peer(X509_STORE_CTX* context) noexcept;

// Makes nothing of what verify_peer() has found: the peer that it was about is not this connection's.
void forget_peer(SSL* ssl) noexcept;

// What the user's function has accepted although OpenSSL did not.
struct peer_waivers {
  bool any = false;
  bool name = false;  // that the certificate is for another host
};
peer_waivers waivers_of(const SSL* ssl) noexcept;

// After a handshake, also after one that has verified nothing since a session was resumed: X509_V_OK,
// or why the peer's key is not the one that was wanted, or why the peer was not judged at all.
long peer_key_fault(SSL* ssl) noexcept;

// Why the peer's certificate was refused, if that was us; else which of its chain OpenSSL has found a
// fault with, if it has told; else empty.
refusal refusal_words(SSL* ssl);

}  // namespace detail
}  // namespace iostls
