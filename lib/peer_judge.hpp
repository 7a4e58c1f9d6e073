// SPDX-License-Identifier: Apache-2.0
// What we hold against the peer's certificate besides what OpenSSL does.
#pragma once

#include <string>

#include <openssl/ssl.h>

#include <iostls/options.hpp>

namespace iostls {
namespace detail {

// Makes a fresh context ask us about certificates.
void apply_peer_judge(SSL_CTX* ctx) noexcept;

// Prepares a connection of such a context. The options are what holds for it in all.
void apply_peer_judge(SSL* ssl, bool is_server, verify_mode verify,
                      const setting<std::vector<std::string>>& pinned_public_keys);

// Judges the certificates of a context that is set up for X509_verify_cert(3) and belongs to a
// connection: whether the handshake may go on. The context's error tells what was found.
bool judge_peer(X509_STORE_CTX* context) noexcept;

// After a handshake, also after one that has verified nothing since a session was resumed: X509_V_OK,
// or why the peer's key is not the one that was wanted.
long peer_key_fault(SSL* ssl) noexcept;

// Why the peer's certificate was refused, if that was us; else empty.
std::string refusal_words(SSL* ssl);

}  // namespace detail
}  // namespace iostls
