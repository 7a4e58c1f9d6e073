// SPDX-License-Identifier: Apache-2.0
#include "credentials/end_point_digest.hpp"

#include <array>
#include <memory>
#include <string>

#include <gtest/gtest.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "algorithms.hpp"
#include "authority.hpp"
#include "fixture.hpp"
#include "pem.hpp"

namespace iostls {
namespace test {
namespace {

using x509 = std::shared_ptr<X509>;

std::string hash(const x509& c, const EVP_MD* function) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
  unsigned int size = 0;
  EXPECT_EQ(X509_digest(c.get(), function, bytes.data(), &size), 1);
  return {bytes.begin(), bytes.begin() + size};
}

// A certificate that a key of this type has signed with this hash function. For RSA-PSS, the mask is
// generated with another one, if that is given.
x509 signed_by(key_type type, const EVP_MD* function, const EVP_MD* mask = nullptr) {
  x509 c(X509_dup(certificate_from(localhost().certificate).get()), X509_free);
  const std::shared_ptr<EVP_PKEY> key = make_key(type);
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                        EVP_MD_CTX_free);
  EVP_PKEY_CTX* parameters = nullptr;
  EXPECT_EQ(EVP_DigestSignInit(context.get(), &parameters, function, nullptr, key.get()), 1);
  if (mask != nullptr) {
    EXPECT_EQ(EVP_PKEY_CTX_set_rsa_padding(parameters, RSA_PKCS1_PSS_PADDING), 1);
    EXPECT_EQ(EVP_PKEY_CTX_set_rsa_mgf1_md(parameters, mask), 1);
  }
  EXPECT_GT(X509_sign_ctx(c.get(), context.get()), 0);
  return c;
}

TEST(end_point_digest, is_by_the_hash_function_of_the_signature) {
  for (const EVP_MD* const function : {EVP_sha256(), EVP_sha384(), EVP_sha512()}) {
    for (const key_type type : {key_type::p256, key_type::rsa2048}) {
      const x509 c = signed_by(type, function);
      EXPECT_EQ(detail::end_point_digest(c.get()), hash(c, function));
    }
  }
}

TEST(end_point_digest, is_by_sha_256_where_the_signature_has_a_broken_hash_function) {
  for (const EVP_MD* const function : {EVP_sha1(), EVP_md5()}) {
    if (lacks(EVP_MD_get0_name(function))) continue;
    const x509 c = signed_by(key_type::rsa2048, function);
    EXPECT_EQ(detail::end_point_digest(c.get()), hash(c, EVP_sha256()));
  }
}

TEST(end_point_digest, is_by_the_function_in_the_parameters_of_rsa_pss) {
  for (const EVP_MD* const function : {EVP_sha256(), EVP_sha384()}) {
    const x509 c = signed_by(key_type::rsa2048, function, function);
    EXPECT_EQ(detail::end_point_digest(c.get()), hash(c, function));
  }
}

TEST(end_point_digest, is_not_defined_for_two_hash_functions) {
  const x509 c = signed_by(key_type::rsa2048, EVP_sha384(), EVP_sha256());
  EXPECT_EQ(detail::end_point_digest(c.get()), "");
  EXPECT_EQ(ERR_peek_error(), 0UL);
}

TEST(end_point_digest, is_not_defined_for_signatures_without_a_hash_function) {
  for (const key_type type : {key_type::ed25519, key_type::ed448}) {
    const x509 c = signed_by(type, nullptr);
    EXPECT_EQ(detail::end_point_digest(c.get()), "");
    EXPECT_EQ(ERR_peek_error(), 0UL);
  }
}

}  // namespace
}  // namespace test
}  // namespace iostls
