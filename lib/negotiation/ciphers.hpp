// SPDX-License-Identifier: Apache-2.0
// Cipher lists, checked more strictly than by OpenSSL, which ignores names that it does not know.
#pragma once

#include <string>

#include <openssl/ssl.h>

namespace iostls {
namespace detail {

// Sets the defaults, as far as OpenSSL and its providers have them: the FIPS provider has no
// ChaCha20. One of the two lists may end up empty; check_something_is_left looks at both.
void apply_default_ciphers(SSL_CTX* ctx, bool with_psk);
void apply_default_ciphersuites(SSL_CTX* ctx, bool with_psk);

// Sets the cipher list for TLS 1.2 and earlier. Throws ssl_error (bad_configuration), naming the
// word, if OpenSSL does not know it, or if the list selects nothing.
void apply_ciphers(SSL_CTX* ctx, const std::string& list);
void apply_ciphers(SSL* ssl, const std::string& list);

// The same for the suites of TLS 1.3.
void apply_ciphersuites(SSL_CTX* ctx, const std::string& list);
void apply_ciphersuites(SSL* ssl, const std::string& list);

// Throws ssl_error (bad_configuration) if versions, ciphers and OpenSSL's security level exclude
// each other, so that no handshake could ever succeed, or, if `wants_ciphers`, none with a cipher
// of TLS 1.2 or earlier although such versions are allowed.
void check_something_is_left(SSL* ssl, bool wants_ciphers);

}  // namespace detail
}  // namespace iostls
