// SPDX-License-Identifier: Apache-2.0
// What the options ask of a finished handshake and OpenSSL does not look at.
#pragma once

#include <string>

#include <openssl/ssl.h>

namespace iostls {
namespace detail {

// Why the handshake that has just been done is to be taken for a failure; empty if it is not.
std::string post_handshake_fault(SSL* ssl);

}  // namespace detail
}  // namespace iostls
