// SPDX-License-Identifier: Apache-2.0
// Which sessions a server resumes: those that were made under the same rules for clients.
#pragma once

#include <array>
#include <optional>
#include <string>

#include <openssl/ssl.h>

#include <iostls/options.hpp>

namespace iostls {
namespace detail {

// Prepares a fresh server context whose trust is set up. A session can be resumed only in this
// context, or, with the user's ticket keys, in contexts that have the same rules for clients; and
// only under the name for which it was made, and as server_tickets.hpp describes. `previous`, unless
// null, is a context of the same options: its sessions can be resumed too, unless they were made
// while other authorities were trusted.
void apply_session_scope(SSL_CTX* ctx, const context_options& options, SSL_CTX* previous);

// To be called for each new connection of such a context: OpenSSL resumes no session until
// server_tickets.hpp has accepted its ticket.
void refuse_unjudged_sessions(SSL* ssl);

// Applies a connection's own options; `base` are those of its context. A session that was made under
// other options is then not resumed, since its client may not have shown the certificate that is
// required here.
void narrow_session_scope(SSL* ssl, const connection_options& base, const connection_options& own);

using scope_id = std::array<unsigned char, SSL_MAX_SID_CTX_LENGTH>;

// The rules of a connection, the credentials that were chosen for it alone, and the host that its client asks
// for (empty: none), in one number. None if the connection's context was not prepared.
std::optional<scope_id> scope_id_of(SSL* ssl, const std::string& asked);

}  // namespace detail
}  // namespace iostls
