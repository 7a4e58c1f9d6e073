// SPDX-License-Identifier: Apache-2.0
#include "pem.hpp"

#include <map>
#include <mutex>
#include <stdexcept>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

namespace iostls {
namespace test {
namespace {

using bio_owner = std::unique_ptr<BIO, decltype(&BIO_free_all)>;

std::shared_ptr<EVP_PKEY> owned(EVP_PKEY* key) {
  require(key != nullptr, "key generation");
  return {key, EVP_PKEY_free};
}

std::shared_ptr<EVP_PKEY> rsa_key(std::size_t bits) {
  static std::mutex lock;
  static std::map<std::size_t, std::shared_ptr<EVP_PKEY>> keys;
  const std::lock_guard<std::mutex> hold(lock);
  auto& key = keys[bits];
  if (!key) key = owned(EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", bits));
  return key;
}

std::shared_ptr<EVP_PKEY> rsa_pss_key() {
  const std::shared_ptr<EVP_PKEY_CTX> context(
      EVP_PKEY_CTX_new_from_name(nullptr, "RSA-PSS", nullptr), EVP_PKEY_CTX_free);
  EVP_PKEY* key = nullptr;
  require(context && EVP_PKEY_keygen_init(context.get()) == 1 &&
              EVP_PKEY_CTX_set_rsa_keygen_bits(context.get(), 2048) == 1 &&
              EVP_PKEY_keygen(context.get(), &key) == 1,
          "RSA-PSS");
  return owned(key);
}

bio_owner reader(const std::string& pem) {
  return bio_owner(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), BIO_free_all);
}

}  // namespace

void require(bool ok, const char* call) {
  if (ok) return;
  char text[256] = "";
  ERR_error_string_n(ERR_peek_last_error(), text, sizeof text);
  ERR_clear_error();
  throw std::runtime_error(std::string("test support: ") + call + ": " + text);
}

std::shared_ptr<EVP_PKEY> make_key(key_type type) {
  switch (type) {
    case key_type::p256:
      return owned(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"));
    case key_type::p384:
      return owned(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-384"));
    case key_type::p521:
      return owned(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-521"));
    case key_type::ed25519:
      return owned(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
    case key_type::ed448:
      return owned(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED448"));
    case key_type::rsa_pss:
      return rsa_pss_key();
    case key_type::rsa1024:
      return rsa_key(1024);
    case key_type::rsa2048:
      return rsa_key(2048);
  }
  throw std::logic_error("unknown key type");
}

std::string to_pem(X509* x509) {
  return written([=](BIO* bio) { return PEM_write_bio_X509(bio, x509); });
}

std::string to_pem(X509_CRL* crl) {
  return written([=](BIO* bio) { return PEM_write_bio_X509_CRL(bio, crl); });
}

std::string to_pem(EVP_PKEY* key, const std::string& password) {
  const EVP_CIPHER* const cipher = password.empty() ? nullptr : EVP_aes_256_cbc();
  return written([&](BIO* bio) {
    return PEM_write_bio_PKCS8PrivateKey(bio, key, cipher, password.data(),
                                         static_cast<int>(password.size()), nullptr, nullptr);
  });
}

std::shared_ptr<X509> certificate_from(const std::string& pem) {
  X509* const x509 = PEM_read_bio_X509(reader(pem).get(), nullptr, nullptr, nullptr);
  require(x509 != nullptr, "PEM_read_bio_X509");
  return {x509, X509_free};
}

std::shared_ptr<EVP_PKEY> key_from(const std::string& pem) {
  EVP_PKEY* const key = PEM_read_bio_PrivateKey(reader(pem).get(), nullptr, nullptr, nullptr);
  require(key != nullptr, "PEM_read_bio_PrivateKey");
  return {key, EVP_PKEY_free};
}

}  // namespace test
}  // namespace iostls
