// SPDX-License-Identifier: Apache-2.0
// Encrypted Client Hello (ECH, RFC 9849), which OpenSSL's clients have since version 4.0.
#pragma once

#include <string>

#include <openssl/ssl.h>

#include <iostls/ech.hpp>
#include <iostls/options.hpp>

namespace iostls {
namespace detail {

#if OPENSSL_VERSION_NUMBER >= 0x40000000L && !defined(OPENSSL_NO_ECH)
inline constexpr bool has_ech = true;
#else
inline constexpr bool has_ech = false;
#endif

// Throws ssl_error (bad_configuration) that names the option unless a client's `ech_config` and `ech_grease`
// can be used.
void check_ech(const connection_options& options);

// Applies the two to a client's connection; throws the same.
void apply_ech(SSL* ssl, const connection_options& base, const connection_options& own);

// Of a handshake that is done, or whose server has shown its certificate.
ech_result ech_result_of(SSL* ssl) noexcept;

// While the certificate is verified: the name that it must have if the server has rejected ECH, which is that
// of the configuration instead of `server_name` (RFC 9849, 6.1.7). Null if the server has not.
const std::string* public_name_to_prove(SSL* ssl) noexcept;

// The same, once the certificate has been judged.
const std::string* rejecting_public_name(const SSL* ssl) noexcept;

// To be called if the certificate has that name.
void note_proven_public_name(SSL* ssl) noexcept;

// The list that the server has sent to connect again with; empty if it has sent none, or has not proved its
// public name.
std::string ech_retry_configs(SSL* ssl);

// Why a handshake has ended with SSL_R_ECH_REQUIRED.
std::string ech_rejection_words(SSL* ssl);

// After a client's handshake: why the server cannot have read what was meant to be encrypted; empty if that
// was not demanded, or done.
std::string ech_fault(SSL* ssl);

}  // namespace detail
}  // namespace iostls
