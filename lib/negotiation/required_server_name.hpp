// SPDX-License-Identifier: Apache-2.0
// The name that a server's clients must ask for (SNI): option server_name.
#pragma once

#include <string>

#include <openssl/ssl.h>

#include <iostls/options.hpp>

namespace iostls {
namespace detail {

// Makes a server's fresh context refuse each hello that asks for another name, or for none, by the alert
// unrecognized_name (RFC 6066, 3). Without a name in the option, every hello passes whose name may be one.
void require_server_name(SSL_CTX* ctx, const context_options& options);

// The same for one connection of such a context, if its own options have the name.
void require_server_name(SSL* ssl, const connection_options& own);

// After a server's handshake, even if a program has replaced our callback: why the client must be
// refused because of the name that it asks for; empty if it may stay.
std::string server_name_fault(const SSL* ssl);

}  // namespace detail
}  // namespace iostls
