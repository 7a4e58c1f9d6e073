// SPDX-License-Identifier: Apache-2.0
// Explains fatal alerts from the peer.
#pragma once

#include <string>

#include <openssl/ssl.h>

namespace iostls {
namespace detail {

// `alert` is the alert's number (RFC 8446, 6). Empty if there is nothing to add to its name, which
// OpenSSL provides.
std::string alert_explanation(SSL* ssl, int alert, bool handshake_done);

}  // namespace detail
}  // namespace iostls
