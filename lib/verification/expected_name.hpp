// SPDX-License-Identifier: Apache-2.0
// The name that a server's certificate must have.
#pragma once

#include <string>

#include <openssl/ssl.h>

namespace iostls {
namespace detail {

// Has OpenSSL check that the server's certificate is for this name, which has the form of host_name. False if
// it does not accept the name.
bool verify_host(SSL* ssl, const std::string& name);

// The name that OpenSSL checks; null if there is none, or if it is an address.
const char* host_to_verify(SSL* ssl) noexcept;

// On a client, the name of its server; empty if none was given. Empty on a server.
std::string expected_name(SSL* ssl);

// The name that the certificate of a client's server must have: the same, unless the server has rejected
// `ech_config`.
std::string name_to_prove(SSL* ssl);

// A second check of the certificate, after a client's handshake: X509_V_OK, or why the certificate
// that was accepted is not for the server that was asked for. OpenSSL has checked that already,
// unless memory was short when it copied the names to check: then it continues without them.
long host_name_fault(SSL* ssl) noexcept;

}  // namespace detail
}  // namespace iostls
