// SPDX-License-Identifier: Apache-2.0
// Explains why a certificate was refused: what it contains, what was wanted, and what to do about
// it.
#pragma once

#include <string>

#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

namespace iostls {
namespace detail {

// OpenSSL's own text for the error is put between the two.
struct refusal {
  std::string what;  // "CN=localhost, at depth 0"
  std::string
      advice;  // "issued by CN=Root; it is for \"a.example\", not for \"localhost\""; or empty
};

// Explains the error of `context`, which has just verified a chain of the connection's peer.
refusal verification_explanation(SSL* ssl, X509_STORE_CTX* context);

// The same if only the name is wrong.
refusal wrong_name_words(SSL* ssl, const X509* leaf);

}  // namespace detail
}  // namespace iostls
