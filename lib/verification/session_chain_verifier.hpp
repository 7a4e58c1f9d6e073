// SPDX-License-Identifier: Apache-2.0
// Verifies the certificates of an earlier connection by the rules of a new one.
#pragma once

#include <vector>

#include <openssl/ssl.h>

#include "openssl/openssl_ptr.hpp"

namespace iostls {
namespace detail {

// The authorities that a connection trusts: a command such as VerifyCAFile creates a store that
// replaces that of the context.
X509_STORE* verify_store(SSL* ssl);

struct verdict {
  bool goes_on;  // whether the handshake would continue
  long code;     // X509_V_OK, or what was found
};

// Verifies `leaf` and `chain` as the connection `ssl`, which is set up, would if a peer sent them
// in a handshake: trust, revocation lists, host name, time, depth, purposes and pins count, and so
// does the connection's verify callback. Verifying a peer that is refused does not change the
// connection.
verdict verify_again(SSL* ssl, X509* leaf, const std::vector<x509_ptr>& chain);

}  // namespace detail
}  // namespace iostls
