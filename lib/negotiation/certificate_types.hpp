// SPDX-License-Identifier: Apache-2.0
// Which types of certificates the ends agree on: X.509, or raw public keys (RFC 7250).
#pragma once

#include <openssl/ssl.h>

#include <iostls/options.hpp>

namespace iostls {
namespace detail {

// Throws ssl_error (bad_configuration) that names the option if OpenSSL has no raw public keys.
void require_raw_public_keys(const char* option);

// Applies `present_raw_public_key` to a fresh context.
void apply_own_certificate_type(SSL_CTX* ctx, bool is_server, const context_options& options);

// Applies `accept_raw_public_keys` to a connection. Throws ssl_error (bad_configuration) if nothing would decide
// which keys to accept.
void apply_peer_certificate_type(SSL* ssl, bool is_server, const connection_options& base,
                                 const connection_options& own);

}  // namespace detail
}  // namespace iostls
