// SPDX-License-Identifier: Apache-2.0
// Who we are: certificate, chain and private key.
#pragma once

#include <openssl/ssl.h>

#include <iostls/options.hpp>

namespace iostls {
namespace detail {

// Loads `certificate`, `key` and `certificate_password` into a context. Throws ssl_error
// (bad_credentials) that names the option and the path, or whatever a password function throws.
void apply_credentials(SSL_CTX* ctx, bool is_server, const context_options& options);

}  // namespace detail
}  // namespace iostls
