// SPDX-License-Identifier: Apache-2.0
// A server's session tickets: whether and how many it sends, what it puts into them, and which it
// accepts.
#pragma once

#include <openssl/ssl.h>

#include <iostls/options.hpp>

namespace iostls {
namespace detail {

// Applies session_tickets, num_tickets and ticket_keys to a server's fresh context. Throws ssl_error:
// bad_credentials if a key cannot be used, bad_configuration for keys that no ticket would use.
void apply_session_tickets(SSL_CTX* ctx, const context_options& options);

// How long sessions of a fresh context last, counted from the full handshake.
void apply_session_lifetime(SSL_CTX* ctx, const context_options& options);

// Makes a fresh context resume only sessions of clients that it would accept now in a full
// handshake: sessions of the same scope (see session_scope.hpp) that are not too old, and whose
// client's chain verifies now, or whose pre-shared key is still known. Other clients get a full
// handshake.
void apply_ticket_checks(SSL_CTX* ctx);

}  // namespace detail
}  // namespace iostls
