// SPDX-License-Identifier: Apache-2.0
// What a refusal says of the certificate that was refused.
#include <chrono>
#include <string>

#include <gtest/gtest.h>
#include <iostls/iostls.hpp>

#include "fixture.hpp"
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
    const end_report r = shake_hands(server, client, {}, own).client;
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
  const end_report r = shake_hands(ssl_context::server(server), ssl_context::client(client)).server;
  EXPECT_EQ(r.failed, ssl_errc::certificate_rejected);
  expect_words(r.what, "CN=Alice, at depth 0: certificate has expired");
}

}  // namespace
}  // namespace test
}  // namespace iostls
