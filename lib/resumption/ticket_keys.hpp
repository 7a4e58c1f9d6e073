// SPDX-License-Identifier: Apache-2.0
// A server's session tickets: whether and how many it sends, and the keys that encrypt them.
#pragma once

#include <vector>

#include <openssl/ssl.h>

#include <iostls/options.hpp>

namespace iostls {
namespace detail {

// Applies session_tickets, num_tickets and ticket_keys to a fresh context. Throws ssl_error:
// bad_credentials if a key cannot be used, bad_configuration for other values and for a client that
// is given keys.
void apply_session_tickets(SSL_CTX* ctx, bool is_server, const context_options& options);

// Replaces the keys of a context that was made with keys. If it throws, the old ones stay.
// Handshakes of other threads may continue meanwhile.
void replace_ticket_keys(SSL_CTX* ctx, const std::vector<ticket_key>& keys);

}  // namespace detail
}  // namespace iostls
