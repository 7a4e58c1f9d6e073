// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include <openssl/ssl.h>

namespace iostls {
namespace detail {

// The signature algorithm that the server used in the handshake, as TLS names it:
// "ecdsa_secp256r1_sha256". Empty if nothing was signed, for example in a resumed session.
std::string server_signature(SSL* ssl);

}  // namespace detail
}  // namespace iostls
