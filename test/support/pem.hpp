// SPDX-License-Identifier: Apache-2.0
// Keys, and PEM text from and to OpenSSL's objects.
#pragma once

#include <memory>
#include <string>

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "authority.hpp"

namespace iostls {
namespace test {

std::shared_ptr<EVP_PKEY> make_key(key_type type);

std::string to_pem(X509* x509);
std::string to_pem(X509_CRL* crl);
std::string to_pem(EVP_PKEY* key, const std::string& password);

// The first certificate, or key, of the text. They throw if there is none.
std::shared_ptr<X509> certificate_from(const std::string& pem);
std::shared_ptr<EVP_PKEY> key_from(const std::string& pem);

// Throws what OpenSSL's error queue holds unless `ok`.
void require(bool ok, const char* call);

}  // namespace test
}  // namespace iostls
