// SPDX-License-Identifier: Apache-2.0
// What a server holds against a client's hello: the name that must be asked for, and the options
// under which a session was made that the client wants to resume.
#pragma once

#include <array>
#include <optional>
#include <string>

#include <openssl/ssl.h>

#include <iostls/options.hpp>

namespace iostls {
namespace detail {

// Prepares a fresh server context whose trust is set up: clients must ask for options.server_name,
// if that is set, and a session can be resumed only in this context, or, with ticket keys of the
// user's, in those that have the same rules for clients; each time under the name for which it was
// made, and as server_tickets.hpp describes. `previous`, unless null, is a context of the same options:
// its sessions can be resumed too, unless they were made while others were trusted.
void apply_server_resumption(SSL_CTX* ctx, const context_options& options, SSL_CTX* previous);

// For each new connection of such a context.
void begin_server_resumption(SSL* ssl);

// Makes a connection of that context obey options of its own. `options` is what holds for the
// connection in all. A session that was made under other options is then not resumed, since its
// client may not have shown the certificate that is wanted here.
void apply_server_resumption(SSL* ssl, const connection_options& options);

// After a server's handshake, whatever has taken the place of our callbacks: why the client must be
// refused for the name that it asks for; empty if it need not.
std::string asked_name_fault(const SSL* ssl);

using scope_id = std::array<unsigned char, SSL_MAX_SID_CTX_LENGTH>;

// The rules of a connection, and the host that its client asks for (empty: none), in one number. None
// if the connection's context was not prepared.
std::optional<scope_id> scope_id_of(const SSL* ssl, const std::string& asked);

}  // namespace detail
}  // namespace iostls
