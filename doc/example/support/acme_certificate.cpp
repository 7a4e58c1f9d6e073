// SPDX-License-Identifier: Apache-2.0
#include "acme_certificate.hpp"

#include <array>
#include <cstdio>
#include <memory>
#include <stdexcept>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

namespace example {
namespace {

using key_ptr = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using x509_ptr = std::unique_ptr<X509, decltype(&X509_free)>;
using bio_ptr = std::unique_ptr<BIO, decltype(&BIO_free)>;

constexpr const char* acme_identifier = "1.3.6.1.5.5.7.1.31";

void require(bool done) {
  if (!done) throw std::runtime_error("the certificate for the challenge cannot be made");
}

void add(X509* x509, X509_EXTENSION* extension) {
  const std::unique_ptr<X509_EXTENSION, decltype(&X509_EXTENSION_free)> owner(extension,
                                                                              X509_EXTENSION_free);
  require(extension != nullptr && X509_add_ext(x509, extension, -1) == 1);
}

// "critical,DER:0420" and the digest: an OCTET STRING of 32 bytes, in hexadecimal digits.
std::string identifier_of(const std::string& key_authorization) {
  std::array<unsigned char, 32> digest{};
  require(EVP_Digest(key_authorization.data(), key_authorization.size(), digest.data(), nullptr,
                     EVP_sha256(), nullptr) == 1);
  std::string text = "critical,DER:0420";
  for (const unsigned char byte : digest) {
    std::array<char, 3> digits{};
    std::snprintf(digits.data(), digits.size(), "%02x", static_cast<unsigned>(byte));
    text += digits.data();
  }
  return text;
}

void add_extensions(X509* x509, const std::string& domain, const std::string& key_authorization) {
  // A comma would begin another name.
  if (domain.empty() || domain.find_first_of(",\\ ") != std::string::npos) {
    throw std::runtime_error("no domain: " + domain);
  }
  const std::string name = "DNS:" + domain;
  add(x509, X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, name.c_str()));
  const std::string identifier = identifier_of(key_authorization);
  add(x509, X509V3_EXT_conf(nullptr, nullptr, acme_identifier, identifier.c_str()));
}

x509_ptr make(EVP_PKEY* key, const std::string& domain, const std::string& key_authorization) {
  x509_ptr x509(X509_new(), X509_free);
  require(x509 != nullptr && X509_set_version(x509.get(), X509_VERSION_3) == 1 &&
          ASN1_INTEGER_set(X509_get_serialNumber(x509.get()), 1) == 1 &&
          X509_gmtime_adj(X509_getm_notBefore(x509.get()), -600) != nullptr &&
          X509_gmtime_adj(X509_getm_notAfter(x509.get()), 3600) != nullptr &&
          X509_set_pubkey(x509.get(), key) == 1);
  add_extensions(x509.get(), domain, key_authorization);
  require(X509_sign(x509.get(), key, EVP_sha256()) > 0);
  return x509;
}

template <class Write>
iostls::pem_text written(Write write) {
  const bio_ptr bio(BIO_new(BIO_s_mem()), BIO_free);
  require(bio != nullptr && write(bio.get()) == 1);
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return iostls::pem_text(std::string(data, static_cast<std::size_t>(size)));
}

}  // namespace

iostls::credential_source acme_certificate(const std::string& domain,
                                           const std::string& key_authorization) {
  const key_ptr key(EVP_EC_gen("P-256"), EVP_PKEY_free);
  require(key != nullptr);
  const x509_ptr x509 = make(key.get(), domain, key_authorization);
  iostls::credential_source result;
  result.certificate = written([&](BIO* bio) { return PEM_write_bio_X509(bio, x509.get()); });
  result.key = written([&](BIO* bio) {
    return PEM_write_bio_PrivateKey(bio, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  });
  return result;
}

}  // namespace example
