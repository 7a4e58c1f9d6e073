// SPDX-License-Identifier: Apache-2.0
// What a server holds against a client's hello: the name that must be asked for, and the options
// under which a session was made that the client wants to resume.
#pragma once

#include <openssl/ssl.h>

#include <iostls/options.hpp>

namespace iostls {
namespace detail {

// Prepares a fresh server context whose trust is set up: clients must ask for options.server_name,
// if that is set, and a session can be resumed only in this context, or, with ticket keys of the
// user's, in those that have the same rules for clients; each time under the name for which it was
// made, and while the client's certificate is valid. `previous`, unless null, is a context of the
// same options: its sessions can be resumed too, unless they were made while others were trusted.
void apply_server_scope(SSL_CTX* ctx, const context_options& options, SSL_CTX* previous);

// Makes a connection of that context obey options of its own. `options` is what holds for the
// connection in all. A session that was made under other options is then not resumed, since its
// client may not have shown the certificate that is wanted here.
void apply_server_scope(SSL* ssl, const connection_options& options);

}  // namespace detail
}  // namespace iostls
