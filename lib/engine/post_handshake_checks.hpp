// SPDX-License-Identifier: Apache-2.0
// Demands of the options on a finished handshake that OpenSSL does not check.
#pragma once

#include <string>

#include <openssl/ssl.h>

namespace iostls {
namespace detail {

// Why the handshake that has just been done counts as failed; empty if it does not. Only the first one
// of a connection negotiates an application protocol.
std::string post_handshake_fault(SSL* ssl, bool is_first);

}  // namespace detail
}  // namespace iostls
