// SPDX-License-Identifier: Apache-2.0
// What a refusal reports about the certificate that was refused.
#include <chrono>
#include <memory>
#include <sstream>
#include <string>

#include <gtest/gtest.h>
#include <iostls/iostls.hpp>

#include "fixture.hpp"
#include "pem.hpp"
#include "two_ends.hpp"

namespace iostls {
namespace test {
namespace {

context_options owning(context_options o, const issued& credential) {
  o.certificate = pem_text(credential.certificate);
  o.key = pem_text(credential.key);
  return o;
}

const validity in_the_past = {std::chrono::hours(-2), std::chrono::hours(-1)};

class refusal : public testing::TestWithParam<tls_version> {
 protected:
  // The words of a client that is shown this.
  std::string words_about(const issued& shown, const connection_options& own = {}) const {
    const auto server = ssl_context::server(owning(server_options(GetParam()), shown));
    const auto client = ssl_context::client(client_options());
    const end_report r = complete_handshake(server, client, {}, own).client;
    EXPECT_EQ(r.failed, ssl_errc::certificate_rejected) << r.what;
    return r.what;
  }

  static void expect_words(const std::string& what, const std::string& words) {
    EXPECT_NE(what.find(words), std::string::npos) << what;
  }
};

INSTANTIATE_TEST_SUITE_P(, refusal, testing::Values(tls_version::tls1_2, tls_version::tls1_3),
                         [](const auto& p) { return to_string(p.param); });

TEST_P(refusal, tells_which_certificate_of_the_chain_has_the_fault) {
  leaf_options old;
  old.valid = in_the_past;
  expect_words(words_about(test_authority().leaf(old)),
               "CN=localhost, at depth 0: certificate has expired");
  const authority middle = test_authority().intermediate("Middle", in_the_past);
  expect_words(words_about(middle.leaf()), "CN=Middle, at depth 1: certificate has expired");
  expect_words(words_about(authority("Other").leaf()), "CN=localhost, at depth 0: ");
}

TEST_P(refusal, of_another_host_tells_whose_certificate_it_was) {
  connection_options own;
  own.server_name = "elsewhere.example";
  expect_words(words_about(localhost(), own), "CN=localhost, at depth 0: ");
}

TEST_P(refusal, of_a_certificate_without_a_subject_tells_its_name) {
  leaf_options nameless;
  nameless.common_name = "";
  nameless.valid = in_the_past;
  expect_words(words_about(test_authority().leaf(nameless)), "localhost, at depth 0: ");
  nameless.names = {};
  expect_words(words_about(test_authority().leaf(nameless)), "a certificate without a name, at");
}

TEST_P(refusal, of_a_client_tells_the_same) {
  context_options server = server_options(GetParam());
  server.verify = verify_mode::required;
  server.ca_certificates = pem_text(test_authority().certificate());
  leaf_options old;
  old.common_name = "Alice";
  old.valid = in_the_past;
  const auto client = owning(client_options(), test_authority().leaf(old));
  const end_report r =
      complete_handshake(ssl_context::server(server), ssl_context::client(client)).server;
  EXPECT_EQ(r.failed, ssl_errc::certificate_rejected);
  expect_words(r.what, "CN=Alice, at depth 0: certificate has expired");
}

// The authority's certificate for localhost, with another subject, which no limit of OpenSSL bounds.
issued with_subject(const std::string& common_name) {
  issued result = test_authority().leaf();
  const std::shared_ptr<X509> x509 = certificate_from(result.certificate);
  const std::unique_ptr<X509_NAME, decltype(&X509_NAME_free)> name(X509_NAME_new(), X509_NAME_free);
  X509_NAME_add_entry_by_NID(name.get(), NID_commonName, V_ASN1_UTF8STRING,
                             reinterpret_cast<const unsigned char*>(common_name.data()),
                             static_cast<int>(common_name.size()), -1, 0);
  X509_set_subject_name(x509.get(), name.get());
  X509_sign(x509.get(), test_authority().key().get(), EVP_sha256());
  result.certificate = to_pem(x509.get());
  return result;
}

TEST_P(refusal, cuts_a_subject_of_99_kilobytes) {
  connection_options own;
  own.server_name = "elsewhere.example";
  std::string accents;
  for (int i = 0; i != 49000; ++i) accents += "\xc3\xa9";
  for (const std::string& name : {std::string(99000, 'a'), std::string(99000, '\n'), accents}) {
    const std::string what = words_about(with_subject(name), own);
    EXPECT_LT(what.size(), 1000u);
    EXPECT_NE(what.find("..., at depth 0"), std::string::npos) << what;
    EXPECT_EQ(what.find_first_of("\n\xc3"), std::string::npos) << what;
  }
}

TEST_P(refusal, cuts_names_that_are_long_or_many) {
  connection_options own;
  own.server_name = "elsewhere.example";
  leaf_options many;
  many.names.assign(1000, std::string(60, 'x') + ".example");
  leaf_options large;
  large.names = {std::string(60000, 'x')};
  for (const leaf_options& o : {many, large}) {
    const std::string what = words_about(test_authority().leaf(o), own);
    EXPECT_LT(what.size(), 1500u);
    expect_words(what, "not for \"elsewhere.example\"");
  }
  expect_words(words_about(test_authority().leaf(many), own), "and 995 more");
}

TEST_P(refusal, of_a_client_with_a_subject_of_99_kilobytes_is_small) {
  context_options server = server_options(GetParam());
  server.verify = verify_mode::required;
  server.ca_certificates = pem_text(authority("Another Root").certificate());
  const auto client = owning(client_options(), with_subject(std::string(99000, 'a')));
  const end_report r =
      complete_handshake(ssl_context::server(server), ssl_context::client(client)).server;
  EXPECT_EQ(r.failed, ssl_errc::certificate_rejected);
  EXPECT_LT(r.what.size(), 1000u);
}

TEST(printing, cuts_what_a_peer_has_sent) {
  const std::string long_name(99000, 'a');
  std::ostringstream of_certificate, of_connection;
  of_certificate << certificate::from_pem(with_subject(long_name).certificate);
  EXPECT_LT(of_certificate.str().size(), 1500u);
  connection_info info;
  info.server_name = info.alpn = info.psk_identity = long_name;
  info.chain = {certificate::from_pem(with_subject(long_name).certificate)};
  of_connection << info;
  EXPECT_LT(of_connection.str().size(), 2500u);
  EXPECT_EQ(certificate::from_pem(with_subject(long_name).certificate).subject(),
            "CN=" + long_name);
}

}  // namespace
}  // namespace test
}  // namespace iostls
