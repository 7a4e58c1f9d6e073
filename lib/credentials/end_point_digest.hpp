// SPDX-License-Identifier: Apache-2.0
// The value of the channel binding "tls-server-end-point" (RFC 5929, 4).
#pragma once

#include <string>

#include <openssl/x509.h>

namespace iostls {
namespace detail {

// The digest of the whole certificate by the hash function of its signature, with SHA-256 instead
// of MD5 and SHA-1. Empty if the signature has no hash function, or two, so that the RFC defines no
// value, or if no provider has it. Leaves nothing in OpenSSL's error queue.
std::string end_point_digest(const X509* certificate);

// Computes it once and keeps it with the certificate, which no other thread may be using yet. A server
// needs it in each handshake. Without enough memory, it is just not kept.
void keep_end_point_digest(X509* certificate) noexcept;

}  // namespace detail
}  // namespace iostls
