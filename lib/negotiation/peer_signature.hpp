// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include <openssl/ssl.h>

namespace iostls {
namespace detail {

// The signature algorithm by which the server has proved that it has its key, as TLS names it:
// "ecdsa_secp256r1_sha256". Empty if nothing was signed, as when a session is resumed.
std::string server_signature(SSL* ssl);

}  // namespace detail
}  // namespace iostls
