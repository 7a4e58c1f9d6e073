// SPDX-License-Identifier: Apache-2.0
// Whom a context trusts, in one number.
#pragma once

#include <string>

#include <openssl/ssl.h>

#include <iostls/options.hpp>

namespace iostls {
namespace detail {

// Differs between contexts that trust different authorities, or trust them for other purposes, have
// different revocation lists, or use them differently, and is the same on all hosts where these are the same, in whatever order and under
// whatever paths. What commands make it verify clients with counts, too. To be called for a context
// whose trust is set up, with all commands run, and that no connection uses yet.
std::string trust_digest(SSL_CTX* ctx, const context_options& options);

}  // namespace detail
}  // namespace iostls
