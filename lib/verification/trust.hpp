// SPDX-License-Identifier: Apache-2.0
// CA certificates and revocation lists that a context trusts.
#pragma once

#include <openssl/ssl.h>

#include <iostls/options.hpp>

namespace iostls {
namespace detail {

// Loads `ca_file`, `ca_directory`, `ca_certificates`, the system's authorities and `crl_file` into
// a context and sets `crl_check`. Throws ssl_error that names the option and the path.
void apply_trust(SSL_CTX* ctx, bool is_server, const context_options& options);

// Whether the system's authorities are among them.
bool trusts_system(bool is_server, const context_options& options);

}  // namespace detail
}  // namespace iostls
