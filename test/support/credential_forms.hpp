// SPDX-License-Identifier: Apache-2.0
// Certificates and keys in the forms that programs have them in.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <openssl/err.h>
#include <openssl/pkcs12.h>
#include <iostls/ssl_context.hpp>

#include "files.hpp"
#include "fixture.hpp"
#include "memory_handshake.hpp"
#include "pem.hpp"
#include "thrown.hpp"

namespace iostls {
namespace test {

inline std::vector<std::shared_ptr<X509>> certificates_from(const std::string& pem) {
  std::vector<std::shared_ptr<X509>> all;
  const std::string end = "-----END CERTIFICATE-----\n";
  for (std::size_t from = 0, to; (to = pem.find(end, from)) != std::string::npos;
       from = to + end.size()) {
    all.push_back(certificate_from(pem.substr(from, to + end.size() - from)));
  }
  return all;
}

inline std::string certificate_der(const std::string& pem) {
  std::string der;
  for (const auto& x509 : certificates_from(pem)) {
    der += written([&](BIO* bio) { return i2d_X509_bio(bio, x509.get()); });
  }
  return der;
}

inline std::string key_der(const std::string& pem) {
  return written([&](BIO* bio) { return i2d_PKCS8PrivateKeyInfo_bio(bio, key_from(pem).get()); });
}

inline std::string traditional_key_der(const std::string& pem) {
  return written([&](BIO* bio) { return i2d_PrivateKey_bio(bio, key_from(pem).get()); });
}

inline std::string encrypted_key_der(const std::string& pem, const std::string& password) {
  return written([&](BIO* bio) {
    return i2d_PKCS8PrivateKey_bio(bio, key_from(pem).get(), EVP_aes_128_cbc(), password.data(),
                                   static_cast<int>(password.size()), nullptr, nullptr);
  });
}

inline std::string encrypted_pem(const std::string& pem, const std::string& password) {
  return to_pem(key_from(pem).get(), password);
}

struct pkcs12_content {
  std::string leaf, key, others;  // PEM; empty: not in it
  bool has_mac = true;
};

inline std::string pkcs12(const pkcs12_content& content, const char* password) {
  const auto leaf = content.leaf.empty() ? nullptr : certificate_from(content.leaf);
  const auto key = content.key.empty() ? nullptr : key_from(content.key);
  const std::unique_ptr<STACK_OF(X509), void (*)(STACK_OF(X509)*)> others(
      sk_X509_new_null(), [](STACK_OF(X509) * s) { sk_X509_free(s); });
  const auto all = certificates_from(content.others);
  for (const auto& each : all) sk_X509_push(others.get(), each.get());
  const std::unique_ptr<PKCS12, decltype(&PKCS12_free)> file(
      PKCS12_create(password, "a name", key.get(), leaf.get(), others.get(), 0, 0, 0,
                    content.has_mac ? 0 : -1, 0),
      PKCS12_free);
  require(file != nullptr, "PKCS12_create");
  return written([&](BIO* bio) { return i2d_PKCS12_bio(bio, file.get()); });
}

inline context_options with(const pem_source& certificate, const pem_source& key = {},
                            const password_source& password = {}) {
  context_options o;
  o.certificate = certificate;
  o.key = key;
  o.certificate_password = password;
  return o;
}

inline void expect_refused(const context_options& o, const std::string& option,
                           const std::vector<std::string>& words) {
  const ssl_error e = thrown_by([&] { ssl_context::server(o); });
  EXPECT_EQ(e.code(), ssl_errc::bad_credentials) << e.what();
  EXPECT_EQ(e.operation(), option) << e.what();
  for (const std::string& word : words) EXPECT_TRUE(mentions(e, word)) << word << ": " << e.what();
}

// A certificate with a chain of two more, to be given in all forms.
class credential_forms : public testing::Test {
 protected:
  // Whether a client that trusts the root and has no intermediates gets along with such a server.
  static void expect_served(const context_options& server) {
    memory_handshake h(ssl_context::server(server), ssl_context::client(client_options()));
    EXPECT_TRUE(h.run());
    EXPECT_EQ(h.client_verdict(), X509_V_OK);
    EXPECT_EQ(sk_X509_num(SSL_get_peer_cert_chain(h.client())), 3);
    EXPECT_EQ(ERR_peek_error(), 0UL);
  }

  std::string leaf() const { return to_pem(certificate_from(deep_.certificate).get()); }
  std::string intermediates() const { return deep_.certificate.substr(leaf().size()); }
  // In no order, and with what does not belong to the chain.
  std::string jumble() const {
    const auto chain = certificates_from(deep_.certificate);
    return authority("Other").certificate() + test_authority().certificate() +
           to_pem(chain.at(2).get()) + to_pem(chain.at(1).get());
  }

  const issued deep_ = test_authority().intermediate("A").intermediate("B").leaf();
  const temp_dir dir_;
};

}  // namespace test
}  // namespace iostls
