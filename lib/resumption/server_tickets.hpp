// SPDX-License-Identifier: Apache-2.0
// What a server puts into its tickets, and whether it accepts a ticket.
#pragma once

#include <openssl/ssl.h>

#include <iostls/options.hpp>

namespace iostls {
namespace detail {

// How long sessions of a fresh context last, counted from the full handshake.
void apply_session_lifetime(SSL_CTX* ctx, const context_options& options);

// Makes a fresh context resume only sessions of clients that it would accept now in a full
// handshake: sessions of the same scope (see server_resumption.hpp) that are not too old, and whose
// client's chain verifies now, or whose pre-shared key is still known. Other clients get a full
// handshake.
void apply_server_tickets(SSL_CTX* ctx);

}  // namespace detail
}  // namespace iostls
