// SPDX-License-Identifier: Apache-2.0
// Agreeing on an application protocol (ALPN, RFC 7301).
#pragma once

#include <string>

#include <openssl/ssl.h>

#include <iostls/options.hpp>

namespace iostls {
namespace detail {

// Makes a fresh context offer options.alpn, or choose from it.
void apply_alpn(SSL_CTX* ctx, bool is_server, const connection_options& options);

// The same for one connection. `own` overrides `base`, the options of the context.
void apply_alpn(SSL* ssl, bool is_server, const connection_options& base,
                const connection_options& own);

// For a client whose handshake is done: what is wrong with the server's choice; empty if nothing
// is.
std::string alpn_fault(SSL* ssl);

}  // namespace detail
}  // namespace iostls
