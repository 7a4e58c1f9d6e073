// SPDX-License-Identifier: Apache-2.0
// The purposes for which the peer's certificate must have been issued.
#pragma once

#include <openssl/ssl.h>

#include <iostls/options.hpp>

namespace iostls {
namespace detail {

// Makes a fresh context accept options.peer_purposes. Throws ssl_error (bad_configuration).
void apply_peer_purposes(SSL_CTX* ctx, const context_options& options);

bool has_peer_purposes(const SSL* ssl) noexcept;

// Sets the purpose for a verification of the peer's certificate, before X509_verify_cert(3). False
// if there is not enough memory.
bool set_purpose(SSL* ssl, X509_STORE_CTX* context) noexcept;

}  // namespace detail
}  // namespace iostls
