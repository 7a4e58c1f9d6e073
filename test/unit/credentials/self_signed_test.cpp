// SPDX-License-Identifier: Apache-2.0
#include <iostls/self_signed.hpp>

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <openssl/x509v3.h>
#include <iostls/certificate.hpp>

#include "memory_handshake.hpp"
#include "pem.hpp"
#include "thrown.hpp"

namespace iostls {
namespace test {
namespace {

using names = std::vector<std::string>;

TEST(self_signed, is_good_for_its_names) {
  const names given = {"localhost", "*.example.org", "127.0.0.1", "::1"};
  const certificate c = certificate::from_pem(self_signed_certificate(given).certificate.str());
  EXPECT_EQ(c.subject_alt_names(), given);
  EXPECT_EQ(c.subject(), "CN=localhost");
  EXPECT_EQ(c.issuer(), c.subject());
  for (const char* host : {"localhost", "a.example.org", "127.0.0.1", "::1"}) {
    EXPECT_TRUE(c.matches(host)) << host;
  }
  EXPECT_FALSE(c.matches("127.0.0.2"));
}

TEST(self_signed, loses_a_final_dot) {
  const certificate c =
      certificate::from_pem(self_signed_certificate({"localhost."}).certificate.str());
  EXPECT_EQ(c.subject_alt_names(), names{"localhost"});
}

TEST(self_signed, may_have_a_long_name) {
  const std::string name = std::string(60, 'a') + "." + std::string(60, 'b') + ".example";
  const certificate c = certificate::from_pem(self_signed_certificate({name}).certificate.str());
  EXPECT_EQ(c.subject_alt_names(), names{name});
}

TEST(self_signed, is_valid_from_an_hour_ago_for_a_week) {
  using std::chrono::hours;
  const auto before = std::chrono::system_clock::now();
  const certificate c =
      certificate::from_pem(self_signed_certificate({"localhost"}).certificate.str());
  const auto after = std::chrono::system_clock::now();
  EXPECT_GE(c.not_before(), before - hours(1) - std::chrono::seconds(1));
  EXPECT_LE(c.not_before(), after - hours(1));
  EXPECT_GE(c.not_after(), before + hours(7 * 24) - std::chrono::seconds(1));
  EXPECT_LE(c.not_after(), after + hours(7 * 24));
}

TEST(self_signed, is_new_each_time) {
  const credential a = self_signed_certificate({"localhost"});
  const credential b = self_signed_certificate({"localhost"});
  EXPECT_NE(a.key.str(), b.key.str());
  EXPECT_NE(certificate::from_pem(a.certificate.str()).serial(),
            certificate::from_pem(b.certificate.str()).serial());
}

TEST(self_signed, has_a_long_positive_serial_number) {
  std::size_t longest = 0;
  for (int i = 0; i < 8; ++i) {
    const credential c = self_signed_certificate({"localhost"});
    const std::string serial = certificate::from_pem(c.certificate.str()).serial();
    EXPECT_NE(serial[0], '-');
    EXPECT_LE(serial.size(), 32U);
    longest = std::max(longest, serial.size());
  }
  EXPECT_GT(longest, 28U);
}

TEST(self_signed, has_an_unencrypted_p256_key_that_fits) {
  const credential c = self_signed_certificate({"localhost"});
  EXPECT_EQ(c.password, "");
  const auto key = key_from(c.key.str());
  const auto x509 = certificate_from(c.certificate.str());
  EXPECT_EQ(X509_check_private_key(x509.get(), key.get()), 1);
  EXPECT_EQ(X509_verify(x509.get(), key.get()), 1);
  EXPECT_EQ(EVP_PKEY_get_bits(key.get()), 256);
}

TEST(self_signed, may_serve_and_be_its_own_authority) {
  const auto x509 = certificate_from(self_signed_certificate({"localhost"}).certificate.str());
  EXPECT_EQ(X509_get_extension_flags(x509.get()) & (EXFLAG_CA | EXFLAG_SS), EXFLAG_CA | EXFLAG_SS);
  EXPECT_EQ(X509_check_purpose(x509.get(), X509_PURPOSE_SSL_SERVER, 0), 1);
  EXPECT_EQ(X509_check_purpose(x509.get(), X509_PURPOSE_SSL_CLIENT, 0), 1);
}

TEST(self_signed, is_trusted_by_who_trusts_it_and_by_nobody_else) {
  const credential c = self_signed_certificate({"localhost"});
  context_options server;
  server.certificate = c.certificate;
  server.key = c.key;
  server.ca_certificates = c.certificate;
  server.verify = verify_mode::required;
  context_options client;
  client.certificate = c.certificate;
  client.key = c.key;
  client.ca_certificates = c.certificate;
  client.server_name = "localhost";
  memory_handshake trusting(ssl_context::server(server), ssl_context::client(client));
  EXPECT_TRUE(trusting.run());

  client.ca_certificates = self_signed_certificate({"localhost"}).certificate;
  memory_handshake other(ssl_context::server(server), ssl_context::client(client));
  EXPECT_FALSE(other.run());
  EXPECT_NE(other.client_verdict(), X509_V_OK);
}

TEST(self_signed, refuses_what_is_no_name) {
  for (const names& given : {names{}, names{""}, names{"localhost", ""}, names{"a,DNS:b"},
                             names{"a b"}, names{"*"}, names{"*.*.a"}, names{"a.*"},
                             names{std::string("a\0", 2)}, names{"*.127.0.0.1"}, names{"*.::1"}}) {
    const ssl_error e = thrown_by([&] { self_signed_certificate(given); });
    EXPECT_EQ(e.code(), ssl_errc::bad_configuration);
    EXPECT_EQ(e.operation(), "self_signed_certificate");
  }
}

}  // namespace
}  // namespace test
}  // namespace iostls
