// SPDX-License-Identifier: Apache-2.0
// Judging the certificates of an earlier connection by the rules of a new one.
#pragma once

#include <vector>

#include <openssl/ssl.h>

#include "openssl/openssl_ptr.hpp"

namespace iostls {
namespace detail {

// Whom a connection trusts: a command such as VerifyCAFile makes a store that takes the place of the
// context's.
X509_STORE* verify_store(SSL* ssl);

struct verdict {
  bool goes_on;  // whether the handshake would
  long code;     // X509_V_OK, or what was found
};

// What the connection `ssl`, which is set up, would make of a peer that sends `leaf` and `chain`: as in
// a handshake, trust, revocation lists, host name, time, depth, purposes and pins count, and so does
// the connection's verify callback. A look at a peer that is refused leaves no trace in the connection.
verdict verify_again(SSL* ssl, X509* leaf, const std::vector<x509_ptr>& chain);

}  // namespace detail
}  // namespace iostls
