// SPDX-License-Identifier: Apache-2.0
// A digest of everything that a context trusts.
#pragma once

#include <string>

#include <openssl/ssl.h>

#include <iostls/options.hpp>

namespace iostls {
namespace detail {

// Differs between contexts that trust different authorities, or trust them for other purposes, have
// different revocation lists, or use them differently; is the same on all hosts where these are the
// same, in whatever order and under whatever paths. Authorities that commands add for verifying
// clients count, too. To be called for a context whose trust is set up, with all commands run, and
// that no connection uses yet.
std::string trust_digest(SSL_CTX* ctx, const context_options& options);

}  // namespace detail
}  // namespace iostls
