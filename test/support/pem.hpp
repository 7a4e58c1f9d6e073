// SPDX-License-Identifier: Apache-2.0
// Keys, and PEM text from and to OpenSSL's objects.
#pragma once

#include <memory>
#include <string>

#include <openssl/bio.h>
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

// What `write` writes: a call of PEM_write_bio_X509(3), i2d_X509_bio(3) or the like.
template <class Write>
std::string written(Write write) {
  const std::unique_ptr<BIO, decltype(&BIO_free_all)> bio(BIO_new(BIO_s_mem()), BIO_free_all);
  require(bio && write(bio.get()) == 1, "writing to a BIO");
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

}  // namespace test
}  // namespace iostls
