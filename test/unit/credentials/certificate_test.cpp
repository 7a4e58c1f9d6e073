// SPDX-License-Identifier: Apache-2.0
#include <iostls/certificate.hpp>

#include <chrono>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <openssl/x509v3.h>
#include <iostls/connection_info.hpp>

#include "authority.hpp"
#include "fixture.hpp"
#include "pem.hpp"
#include "thrown.hpp"

namespace iostls {
namespace test {
namespace {

using names = std::vector<std::string>;
using std::chrono::system_clock;

certificate for_names(const names& n, const std::string& common_name = "localhost") {
  leaf_options o;
  o.names = n;
  o.common_name = common_name;
  return certificate::from_pem(test_authority().leaf(o).certificate);
}

// A certificate with this serial number, in hexadecimal, signed by nobody.
certificate with_serial(const std::string& hex) {
  const std::shared_ptr<X509> x509(X509_dup(certificate_from(localhost().certificate).get()),
                                   X509_free);
  BIGNUM* number = nullptr;
  BN_hex2bn(&number, hex.c_str());
  BN_to_ASN1_INTEGER(number, X509_get_serialNumber(x509.get()));
  BN_free(number);
  return certificate(x509);
}

TEST(certificate, that_is_empty_says_nothing) {
  const certificate c;
  EXPECT_FALSE(c);
  EXPECT_EQ(c.subject() + c.issuer() + c.serial() + c.fingerprint_sha256() + c.pem(), "");
  EXPECT_TRUE(c.subject_alt_names().empty());
  EXPECT_EQ(c.not_before(), system_clock::time_point());
  EXPECT_EQ(c.not_after(), system_clock::time_point());
  EXPECT_FALSE(c.matches("localhost"));
  std::ostringstream out;
  out << c;
  EXPECT_EQ(out.str(), "no certificate\n");
}

TEST(certificate, tells_whose_it_is) {
  const certificate c = for_names({"localhost"}, "An Example, Inc.");
  EXPECT_TRUE(c);
  EXPECT_EQ(c.subject(), "CN=An Example\\, Inc.");
  EXPECT_EQ(c.issuer(), "CN=Test Root");
}

TEST(certificate, writes_distinguished_names_in_ascii) {
  EXPECT_EQ(for_names({}, "M\xc3\xbcller").subject(), "CN=M\\C3\\BCller");
}

TEST(certificate, lists_its_names_as_they_are) {
  const names all = {"example.org",    "*.example.org",        "192.0.2.1",           "2001:db8::1",
                     "me@example.org", "https://example.org/", std::string("a\0b", 3)};
  EXPECT_EQ(for_names(all).subject_alt_names(), all);
  EXPECT_EQ(for_names({}).subject_alt_names(), names());
}

// A certificate whose subject alternative names are these, as in x509v3_config(5), and one address.
certificate with_alternative_names(const std::string& names, const std::string& address) {
  const std::shared_ptr<X509> x509(X509_dup(certificate_from(localhost().certificate).get()),
                                   X509_free);
  X509V3_CTX context{};
  X509V3_set_ctx_nodb(&context);
  const std::unique_ptr<X509_EXTENSION, decltype(&X509_EXTENSION_free)> extension(
      X509V3_EXT_nconf_nid(nullptr, &context, NID_subject_alt_name, names.c_str()),
      X509_EXTENSION_free);
  require(extension != nullptr, "X509V3_EXT_nconf_nid");
  const std::unique_ptr<GENERAL_NAMES, decltype(&GENERAL_NAMES_free)> all(
      static_cast<GENERAL_NAMES*>(X509V3_EXT_d2i(extension.get())), GENERAL_NAMES_free);
  ASN1_OCTET_STRING* const bytes = ASN1_OCTET_STRING_new();
  ASN1_OCTET_STRING_set(bytes, reinterpret_cast<const unsigned char*>(address.data()),
                        static_cast<int>(address.size()));
  GENERAL_NAME* const name = GENERAL_NAME_new();
  GENERAL_NAME_set0_value(name, GEN_IPADD, bytes);
  sk_GENERAL_NAME_push(all.get(), name);
  require(
      X509_add1_ext_i2d(x509.get(), NID_subject_alt_name, all.get(), 0, X509V3_ADD_REPLACE) == 1,
      "X509_add1_ext_i2d");
  return certificate(x509);
}

TEST(certificate, passes_over_names_that_are_of_another_kind_or_no_address) {
  const std::string others = "DNS:a.test,RID:1.2.3.4,otherName:1.2.3.4;UTF8:b.test,email:c@d.test";
  for (const std::string& address : {std::string(5, '\1'), std::string(), std::string(17, '\1')}) {
    const certificate c = with_alternative_names(others, address);
    EXPECT_EQ(c.subject_alt_names(), (names{"a.test", "c@d.test"}));
    EXPECT_TRUE(c.matches("a.test"));
    EXPECT_FALSE(c.matches("b.test"));
    EXPECT_FALSE(c.matches("1.1.1.1"));
  }
  const certificate good = with_alternative_names("DNS:a.test", std::string(4, '\1'));
  EXPECT_EQ(good.subject_alt_names(), (names{"a.test", "1.1.1.1"}));
  EXPECT_TRUE(good.matches("1.1.1.1"));
}

TEST(certificate, matches_no_host_that_is_none) {
  const certificate c = for_names({"localhost", "127.0.0.1", "::1"});
  EXPECT_TRUE(c.matches("127.0.0.1"));
  EXPECT_TRUE(c.matches("::1"));
  for (const char* const host : {"", "local host", "localhost:443", "127.0.0.2", "::2"}) {
    EXPECT_FALSE(c.matches(host)) << host;
  }
}

TEST(certificate, prints_its_serial_number_as_openssl_does) {
  EXPECT_EQ(with_serial("01").serial(), "01");
  EXPECT_EQ(with_serial("0").serial(), "00");
  EXPECT_EQ(with_serial("ABCDEF").serial(), "ABCDEF");
  EXPECT_EQ(with_serial("-1F").serial(), "-1F");
  const std::string longest(2 * 80, 'A');
  EXPECT_EQ(with_serial(longest).serial(), longest);
}

TEST(certificate, tells_when_it_is_valid) {
  leaf_options o;
  o.valid = {std::chrono::hours(-3), std::chrono::hours(5)};
  const auto before = system_clock::now();
  const certificate c = certificate::from_pem(test_authority().leaf(o).certificate);
  const auto after = system_clock::now();
  EXPECT_GE(c.not_before(), before - std::chrono::hours(3) - std::chrono::seconds(1));
  EXPECT_LE(c.not_before(), after - std::chrono::hours(3));
  EXPECT_EQ(c.not_after() - c.not_before(), std::chrono::hours(8));
}

TEST(certificate, reads_times_that_a_clock_cannot_hold_and_times_before_1970) {
  const std::shared_ptr<X509> x509(X509_dup(certificate_from(localhost().certificate).get()),
                                   X509_free);
  ASSERT_EQ(ASN1_TIME_set_string_X509(X509_getm_notBefore(x509.get()), "691231235959Z"), 1);
  ASSERT_EQ(ASN1_TIME_set_string_X509(X509_getm_notAfter(x509.get()), "99991231235959Z"), 1);
  const certificate c(x509);
  EXPECT_EQ(system_clock::to_time_t(c.not_before()), -1);
  // The year 9999, or, where the clock counts nanoseconds, its last second in 2262.
  EXPECT_GE(
      std::chrono::duration_cast<std::chrono::seconds>(c.not_after().time_since_epoch()).count(),
      9223372036);
}

TEST(certificate, survives_the_round_trip_through_pem) {
  const certificate c = for_names({"localhost"});
  EXPECT_EQ(c.pem().find("-----BEGIN CERTIFICATE-----\n"), 0U);
  const certificate again = certificate::from_pem(c.pem());
  EXPECT_EQ(again.pem(), c.pem());
  EXPECT_EQ(again.fingerprint_sha256(), c.fingerprint_sha256());
}

TEST(certificate, is_read_from_pem_only) {
  const auto x509 = certificate_from(localhost().certificate);
  unsigned char* der = nullptr;
  const int size = i2d_X509(x509.get(), &der);
  ASSERT_GT(size, 0);
  const std::string bytes(reinterpret_cast<const char*>(der), static_cast<std::size_t>(size));
  OPENSSL_free(der);
  const ssl_error e = thrown_by([&] { certificate::from_pem(bytes); });
  EXPECT_EQ(e.code(), ssl_errc::bad_credentials) << e.what();
  EXPECT_TRUE(mentions(e, "DER")) << e.what();
}

TEST(certificate, is_the_first_of_its_text) {
  const issued leaf = test_authority().intermediate().leaf();
  EXPECT_EQ(certificate::from_pem("a remark\n" + leaf.key + leaf.certificate).subject(),
            "CN=localhost");
}

TEST(certificate, has_a_fingerprint) {
  const certificate c = for_names({"localhost"});
  unsigned char digest[32];
  unsigned size = 0;
  const auto x509 = certificate_from(c.pem());
  ASSERT_EQ(X509_digest(x509.get(), EVP_sha256(), digest, &size), 1);
  std::string expected;
  char hex[3];
  for (const unsigned char byte : digest) {
    std::snprintf(hex, sizeof hex, "%02x", static_cast<unsigned>(byte));
    expected += hex;
  }
  EXPECT_EQ(c.fingerprint_sha256(), expected);
}

TEST(certificate, is_refused_if_the_text_has_none) {
  for (const std::string& text :
       {std::string(), std::string("hello"), localhost().key,
        std::string("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"),
        localhost().certificate.substr(0, 200)}) {
    const ssl_error e = thrown_by([&] { certificate::from_pem(text); });
    EXPECT_EQ(e.code(), ssl_errc::bad_credentials) << text;
    EXPECT_EQ(e.operation(), "certificate");
  }
}

TEST(certificate, matches_as_a_client_checks) {
  const certificate c = for_names(
      {"example.org", "*.example.com", "f*.example.net", "192.0.2.1", "2001:db8::1"}, "localhost");
  for (const char* host : {"example.org", "EXAMPLE.org", "example.org.", "a.example.com",
                           "192.0.2.1", "2001:db8::1", "2001:0db8:0::0:1"}) {
    EXPECT_TRUE(c.matches(host)) << host;
  }
  for (const std::string host :
       {"", "localhost", "example.com", "a.b.example.com", "foo.example.net", "192.0.2.2",
        "192.0.2", "2001:db8::2", "example.org..", "example.org ", "*.example.com"}) {
    EXPECT_FALSE(c.matches(host)) << host;
  }
  EXPECT_FALSE(c.matches(std::string("example.org\0", 12)));
  EXPECT_FALSE(for_names({std::string("example.org\0.evil", 17)}).matches("example.org"));
}

TEST(certificate, is_shared_by_its_copies) {
  certificate copy;
  {
    const certificate c = for_names({"localhost"});
    copy = c;
  }
  EXPECT_EQ(copy.subject(), "CN=localhost");
}

TEST(certificate, prints_a_line_each) {
  std::ostringstream out;
  const certificate c = for_names({"localhost", "127.0.0.1"});
  out << c;
  EXPECT_EQ(out.str().find("subject: CN=localhost\nissuer: CN=Test Root\nvalid: 20"), 0U)
      << out.str();
  EXPECT_NE(out.str().find("\nnames: localhost, 127.0.0.1\nsha256: " + c.fingerprint_sha256()),
            std::string::npos)
      << out.str();
}

TEST(certificate, prints_no_control_characters) {
  std::ostringstream out;
  out << for_names({std::string("a\0b\x1b[2J", 7)}, "x\x1b[31m\ny");
  EXPECT_EQ(out.str().find('\x1b'), std::string::npos);
  EXPECT_EQ(out.str().find('\0'), std::string::npos);
  EXPECT_NE(out.str().find("a\\x00b\\x1b[2J"), std::string::npos) << out.str();
}

TEST(connection_info, prints_what_there_is) {
  connection_info info;
  info.protocol = "TLSv1.3";
  info.cipher = "TLS_AES_256_GCM_SHA384";
  info.server_name = "localhost";
  info.resumed = true;
  info.verified = true;
  info.raw_public_key_pin = "sha256//AA=";
  info.matched_tlsa_record = "3 1 1 00ff";
  std::ostringstream out;
  out << info;
  EXPECT_EQ(out.str(),
            "protocol: TLSv1.3\ncipher: TLS_AES_256_GCM_SHA384\nserver name: localhost\n"
            "resumed: yes\nverified: yes\nraw public key: sha256//AA=\nTLSA record: 3 1 1 00ff\n");
}

TEST(connection_info, prints_no_control_characters) {
  connection_info info;
  info.server_name = "a\nverified: yes\x1b[2J";
  info.alpn = "h2\n";
  info.psk_identity = "me\r";
  std::ostringstream out;
  out << info;
  EXPECT_EQ(out.str(),
            "server name: a\\x0averified: yes\\x1b[2J\nalpn: h2\\x0a\npsk identity: me\\x0d\n"
            "resumed: no\nverified: no\n");
}

TEST(connection_info, prints_why_a_peer_is_not_verified) {
  connection_info info;
  info.group = "x25519";
  info.alpn = "h2";
  std::ostringstream plain, failed;
  plain << info;
  EXPECT_EQ(plain.str(), "group: x25519\nalpn: h2\nresumed: no\nverified: no\n");
  info.verify_result = 10;
  info.verify_result_string = "certificate has expired";
  failed << info;
  EXPECT_NE(failed.str().find("verified: no: certificate has expired (10)\n"), std::string::npos);
}

}  // namespace
}  // namespace test
}  // namespace iostls
