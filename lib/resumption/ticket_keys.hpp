// SPDX-License-Identifier: Apache-2.0
// The keys that encrypt a server's session tickets.
#pragma once

#include <vector>

#include <openssl/ssl.h>

#include <iostls/options.hpp>

namespace iostls {
namespace detail {

// Gives keys to a server's fresh context. Throws ssl_error bad_credentials if one cannot be used.
void apply_ticket_keys(SSL_CTX* ctx, const std::vector<ticket_key>& keys);

// Replaces the keys of a context that was made with keys. If it throws, the old ones stay.
// Handshakes of other threads may continue meanwhile.
void replace_ticket_keys(SSL_CTX* ctx, const std::vector<ticket_key>& keys);

}  // namespace detail
}  // namespace iostls
