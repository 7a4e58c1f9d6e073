// SPDX-License-Identifier: Apache-2.0
// What nearly all tests need: a server for "localhost" and a client that trusts it, of iostls or of
// plain OpenSSL.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include <iostls/options.hpp>
#include <iostls/ssl_context.hpp>
#include <iostls/ssl_stream.hpp>

#include "authority.hpp"
#include "tls_peer.hpp"

namespace iostls {
namespace test {

// One authority per process, and what it issued for "localhost", 127.0.0.1 and ::1.
const authority& test_authority();
const issued& localhost();

// Options of iostls: localhost's certificate; trust in the authority, and server_name "localhost".
context_options server_options();
context_options client_options();
// Both with one protocol version only.
context_options server_options(tls_version only);
context_options client_options(tls_version only);

// The same for the oracle: a peer that is a server with localhost's certificate, or a client that
// trusts the authority and verifies.
peer_options server_peer();
peer_options client_peer();
peer_options server_peer(tls_version only);
peer_options client_peer(tls_version only);

// Of the iostls end of a connection.
enum class role { server, client };

context_options stream_options(role r, tls_version only);
// The options of the peer of such a stream.
peer_options peer_of(role r, tls_version only);

// A stream that owns the descriptor; the handshake is not done yet.
std::unique_ptr<ssl_stream> make_stream(role r, descriptor fd, const context_options& options);
std::unique_ptr<ssl_stream> make_stream(role r, std::unique_ptr<transport> transport,
                                        const context_options& options);

std::string to_string(role r);
std::string to_string(tls_version v);

}  // namespace test
}  // namespace iostls
