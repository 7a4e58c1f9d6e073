// SPDX-License-Identifier: Apache-2.0
// Applying connection options to a context or to one connection.
#pragma once

#include <openssl/ssl.h>

#include <iostls/options.hpp>

namespace iostls {
namespace detail {

// Applies all options, whose values have been checked, to a fresh context, defaults included, so that
// nothing depends on a system-wide openssl.cnf. What a server demands of a client's hello is not among
// them: see required_server_name.hpp.
void apply_connection_options(SSL_CTX* ctx, bool is_server, const connection_options& options);

// Checks `own` and applies it to one connection; `base` has been applied to its context. A client
// is refused here if it would verify a peer without knowing its name.
void apply_connection_options(SSL* ssl, bool is_server, const connection_options& base,
                              const connection_options& own);

}  // namespace detail
}  // namespace iostls
