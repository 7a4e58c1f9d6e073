// SPDX-License-Identifier: Apache-2.0
// Groups of the key exchange and signature algorithms.
#pragma once

#include <string>

#include <openssl/ssl.h>

#include <iostls/options.hpp>

namespace iostls {
namespace detail {

// Sets the defaults, as far as this OpenSSL has them. Throws ssl_error if it has none of them.
void set_default_algorithms(SSL_CTX* ctx);

// Sets `groups` and `signature_algorithms`, if they are given. Throws ssl_error (bad_configuration)
// that names the option and the name that OpenSSL does not know.
void apply_groups_and_signatures(SSL_CTX* ctx, const connection_options& options);
void apply_groups_and_signatures(SSL* ssl, const connection_options& options);

// The names that the options, or the defaults, come to with this OpenSSL, joined by colons. The lists of the
// connection are other ones afterwards.
std::string effective_groups(SSL* trial, const connection_options& options);
std::string effective_signatures(SSL* trial, const connection_options& options);

// Whether a group's name is that of one with ML-KEM, alone or beside a classic one.
bool is_post_quantum(const std::string& group);

}  // namespace detail
}  // namespace iostls
