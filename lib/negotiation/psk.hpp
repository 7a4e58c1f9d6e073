// SPDX-License-Identifier: Apache-2.0
// Handshakes with pre-shared keys: TLS 1.3 (RFC 8446, 4.2.11) and TLS 1.2 (RFC 5489).
#pragma once

#include <string>

#include <openssl/ssl.h>

#include <iostls/options.hpp>

namespace iostls {
namespace detail {

// Makes a fresh context use options.psk, if it is given. Throws ssl_error (bad_configuration).
void apply_psk(SSL_CTX* ctx, bool is_server, const context_options& options);

// Gives a client's new connection its key for this server; false if there is none. Throws whatever
// the function throws that provides the key. If the server would have to be verified but has no
// name, it must use the key: see `psk_fault`.
bool prepare_psk(SSL* ssl, const std::string& server_name, bool verifies);

// To be called when the handshake is done. Returns what is wrong; empty if nothing is.
std::string psk_fault(SSL* ssl);

// The identity that the client has proved, also in a resumed session; empty if there is none.
std::string psk_identity(SSL* ssl);

// After a server's handshake of TLS 1.2: a digest of the client's key; empty if the client has
// shown none.
std::string psk_digest(const SSL* ssl);

// Whether a server still has the key that a client used earlier. Throws whatever the function
// throws that provides keys.
bool psk_is_known(const SSL* ssl, const std::string& identity, const std::string& digest);

// Whether this handshake has used a pre-shared key. OpenSSL treats that as a resumed session.
bool psk_used(const SSL* ssl) noexcept;

// Whether a key was used now, or, in a resumed session, in the session's first handshake.
bool psk_was_used(SSL* ssl);

}  // namespace detail
}  // namespace iostls
