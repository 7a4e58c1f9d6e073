// SPDX-License-Identifier: Apache-2.0
// Judging the certificates of an earlier connection by the rules of a new one.
#pragma once

#include <vector>

#include <openssl/ssl.h>

#include "openssl_ptr.hpp"

namespace iostls {
namespace detail {

// X509_V_OK, or why the connection `ssl`, a client's that is set up, would reject a server that sends
// `leaf` and `chain`: as in a handshake, trust, revocation lists, host name, time and depth count,
// and so does the connection's verify callback.
long verify_again(SSL* ssl, X509* leaf, const std::vector<x509_ptr>& chain);

}  // namespace detail
}  // namespace iostls
