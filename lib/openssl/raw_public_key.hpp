// SPDX-License-Identifier: Apache-2.0
// Raw public keys in the place of certificates (RFC 7250). OpenSSL has them since version 3.2; before, there is
// never one.
#pragma once

#include <openssl/opensslv.h>
#include <openssl/ssl.h>

namespace iostls {
namespace detail {

#if OPENSSL_VERSION_NUMBER >= 0x30200000L

inline constexpr bool has_raw_public_keys = true;

// That of the peer; null if it has shown none.
inline EVP_PKEY* raw_key_of_peer(const SSL* ssl) noexcept { return SSL_get0_peer_rpk(ssl); }

// The same of the peer with which a session was made.
inline EVP_PKEY* raw_key_of(SSL_SESSION* session) noexcept {
  return SSL_SESSION_get0_peer_rpk(session);
}

// The key that is to be verified; null if it is a certificate.
inline EVP_PKEY* raw_key_of(const X509_STORE_CTX* context) noexcept {
  return X509_STORE_CTX_get0_rpk(context);
}

// Whether the server of a connection shows one.
inline bool server_shows_raw_key(const SSL* ssl) noexcept {
  return SSL_get_negotiated_server_cert_type(ssl) == TLSEXT_cert_type_rpk;
}

#else

inline constexpr bool has_raw_public_keys = false;

inline EVP_PKEY* raw_key_of_peer(const SSL*) noexcept { return nullptr; }
inline EVP_PKEY* raw_key_of(SSL_SESSION*) noexcept { return nullptr; }
inline EVP_PKEY* raw_key_of(const X509_STORE_CTX*) noexcept { return nullptr; }
inline bool server_shows_raw_key(const SSL*) noexcept { return false; }

#endif

}  // namespace detail
}  // namespace iostls
