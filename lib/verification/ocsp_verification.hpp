// SPDX-License-Identifier: Apache-2.0
// Asking a server for a stapled OCSP response, and verifying it: signature, certificate, times, status.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <openssl/ssl.h>

#include <iostls/ocsp.hpp>
#include <iostls/options.hpp>

#include "openssl/openssl_ptr.hpp"

namespace iostls {
namespace detail {

// The response that a server has stapled, in DER: empty if there was none, no value if it was not
// requested.
using ocsp_evidence = std::optional<std::string>;

// Prepares a fresh context of a client for connections that ask.
void apply_ocsp(SSL_CTX* ctx);

// Makes a client's new connection ask, if `own`, or else `base`, demands it. Throws ssl_error
// (bad_configuration) if the answer could not be trusted.
void apply_ocsp(SSL* ssl, const connection_options& base, const connection_options& own);

// Judges what an earlier connection was shown by the rules of this one: whether a session of that
// time may be resumed. `leaf` and `chain` have passed this connection's trust already.
bool ocsp_allows(SSL* ssl, X509* leaf, const std::vector<x509_ptr>& chain,
                 const ocsp_evidence& evidence);

// What the connection was shown, now or when its session was made.
ocsp_evidence ocsp_evidence_of(const SSL* ssl);

ocsp_result ocsp_result_of(const SSL* ssl) noexcept;

// Why the server is refused, in words; empty if OCSP is not the reason.
std::string ocsp_refusal(const SSL* ssl);

// To be called when the handshake is done: X509_V_OK, or why the server must be refused.
long ocsp_fault(SSL* ssl) noexcept;

}  // namespace detail
}  // namespace iostls
