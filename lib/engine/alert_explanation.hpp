// SPDX-License-Identifier: Apache-2.0
// What the peer means by a fatal alert.
#pragma once

#include <string>

#include <openssl/ssl.h>

namespace iostls {
namespace detail {

// `alert` is its number (RFC 8446, 6). Empty where there is nothing to add to its name, which OpenSSL
// gives.
std::string alert_explanation(SSL* ssl, int alert);

}  // namespace detail
}  // namespace iostls
