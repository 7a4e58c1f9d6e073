// SPDX-License-Identifier: Apache-2.0
// Several certificates: choosing the one that a server, or a client, shows.
#pragma once

#include <vector>

#include <openssl/ssl.h>

#include <iostls/options.hpp>

#include "credentials/credentials.hpp"

namespace iostls {
namespace detail {

// Loads `more_credentials`, one at least, into a context, which has `first` already, and may have a response
// to staple to it. Throws ssl_error (bad_credentials) that names the entry, "more_credentials[0].key", and the
// path.
//
// A server's are chosen by the name that the client asks for; a client's, by the authorities and the
// algorithms that the server names. OpenSSL's certificate callback chooses, on the connection itself:
// verification, options and limits are not affected.
void apply_certificate_selection(SSL_CTX* ctx, bool is_server, loaded_credential first,
                                 bool has_staple, const std::vector<credential_source>& more);

// A digest of all certificates to choose from, in their order; empty if there is no choice.
std::string selection_digest(const SSL* ssl);

}  // namespace detail
}  // namespace iostls
