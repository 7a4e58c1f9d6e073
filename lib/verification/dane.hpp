// SPDX-License-Identifier: Apache-2.0
// DANE (RFC 6698, 7671): servers that are known by TLSA records.
#pragma once

#include <string>

#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

#include <iostls/options.hpp>

namespace iostls {
namespace detail {

// Lets connections of a fresh client's context have records.
void allow_tlsa_records(SSL_CTX* ctx);

// Applies tlsa_records to a client's connection, to which server_name and sni_name have been applied;
// `base` are the options of its context. Throws ssl_error (bad_configuration).
void apply_tlsa_records(SSL* ssl, const connection_options& base, const connection_options& own);

// Makes X509_verify_cert(3) go by the connection's records, as OpenSSL does in handshakes. `context` must
// not outlive the connection.
void use_tlsa_records(SSL* ssl, X509_STORE_CTX* context) noexcept;

// Keeps which record a verification has matched, which has just ended: OpenSSL forgets that when a handshake
// begins, though the session that is offered was verified before.
void note_tlsa_match(SSL* ssl) noexcept;
void forget_tlsa_match(SSL* ssl) noexcept;

// Whether the name of the server's certificate is not to be checked any more: it does not count for a
// certificate that is in a record, nor, if the user's function has accepted errors (`is_waived`), for one
// that OpenSSL has looked no further at since it is in none.
bool tlsa_settles_name(const SSL* ssl, bool is_waived) noexcept;

// The record that the server of the connection has matched, and where in its chain.
struct tlsa_match {
  std::string record;  // empty if there is none
  int depth = -1;
};
tlsa_match tlsa_match_of(const SSL* ssl);

// "3 1 1 ...": the record that would match a server's certificate by its key. Empty if memory is short.
std::string tlsa_text_for(const X509* leaf);

}  // namespace detail
}  // namespace iostls
