// SPDX-License-Identifier: Apache-2.0
// Revocation lists: what they revoke, and which of them are refused.
#include <chrono>
#include <string>

#include <gtest/gtest.h>
#include <openssl/x509.h>
#include <iostls/ssl_context.hpp>

#include "files.hpp"
#include "fixture.hpp"
#include "memory_handshake.hpp"
#include "verdict.hpp"

namespace iostls {
namespace test {
namespace {

class revocation : public testing::Test {
 protected:
  long verdict_with(const std::string& lists, const setting<crl_check_mode>& mode = {}) const {
    context_options client = trusting(root_.certificate());
    client.crl_file = pem_text(lists);
    client.crl_check = mode;
    return verdict(client, leaf_);
  }

  const authority root_{"Root"};
  const issued leaf_ = root_.leaf();
};

TEST_F(revocation, list_is_looked_into_once_it_is_given) {
  EXPECT_EQ(verdict_with(root_.crl()), X509_V_OK);
  EXPECT_EQ(verdict_with(root_.crl({leaf_.certificate})), X509_V_ERR_CERT_REVOKED);
  EXPECT_EQ(verdict_with(root_.crl({root_.leaf().certificate})), X509_V_OK);
  EXPECT_EQ(verdict_with(root_.crl({leaf_.certificate}), crl_check_mode::leaf),
            X509_V_ERR_CERT_REVOKED);
}

TEST_F(revocation, list_must_be_the_issuers_and_valid) {
  EXPECT_EQ(verdict_with(authority("Other").crl()), X509_V_ERR_UNABLE_TO_GET_CRL);
  EXPECT_EQ(verdict_with(root_.crl({}, {std::chrono::hours(-2), std::chrono::hours(-1)})),
            X509_V_ERR_CRL_HAS_EXPIRED);
  EXPECT_EQ(verdict_with(root_.crl({}, {std::chrono::hours(1), std::chrono::hours(2)})),
            X509_V_ERR_CRL_NOT_YET_VALID);
  // Another authority of the same name has another key.
  EXPECT_EQ(verdict_with(authority("Root").crl()), X509_V_ERR_CRL_SIGNATURE_FAILURE);
}

TEST_F(revocation, list_is_ignored_if_that_is_asked_for) {
  EXPECT_EQ(verdict_with(root_.crl({leaf_.certificate}), crl_check_mode::none), X509_V_OK);
  EXPECT_EQ(verdict_with(authority("Other").crl(), crl_check_mode::none), X509_V_OK);
}

TEST_F(revocation, lists_may_be_several_in_a_file) {
  const temp_dir dir;
  context_options client = trusting(root_.certificate());
  client.crl_file = dir.write("crl.pem", authority("Other").crl() + root_.crl({leaf_.certificate}));
  EXPECT_EQ(verdict(client, leaf_), X509_V_ERR_CERT_REVOKED);
}

TEST_F(revocation, may_be_checked_along_the_chain) {
  const authority middle = root_.intermediate("Middle");
  const issued leaf = middle.leaf();
  context_options client = trusting(root_.certificate());
  client.crl_check = crl_check_mode::chain;
  client.crl_file = pem_text(middle.crl());
  EXPECT_EQ(verdict(client, leaf), X509_V_ERR_UNABLE_TO_GET_CRL);
  client.crl_file = pem_text(middle.crl() + root_.crl());
  EXPECT_EQ(verdict(client, leaf), X509_V_OK);
  client.crl_file = pem_text(middle.crl() + root_.crl({middle.certificate()}));
  EXPECT_EQ(verdict(client, leaf), X509_V_ERR_CERT_REVOKED);
  client.crl_check = crl_check_mode::leaf;
  EXPECT_EQ(verdict(client, leaf), X509_V_OK);
}

TEST_F(revocation, is_checked_by_servers_too) {
  context_options server = server_with(localhost());
  server.verify = verify_mode::required;
  server.ca_certificates = pem_text(root_.certificate());
  server.crl_file = pem_text(root_.crl({leaf_.certificate}));
  context_options client = trusting(test_authority().certificate());
  client.certificate = pem_text(leaf_.both());
  memory_handshake refused(ssl_context::server(server), ssl_context::client(client));
  EXPECT_FALSE(refused.run());
  EXPECT_EQ(refused.server_verdict(), X509_V_ERR_CERT_REVOKED);
  client.certificate = pem_text(root_.leaf().both());
  memory_handshake taken(ssl_context::server(server), ssl_context::client(client));
  EXPECT_TRUE(taken.run());
}

TEST_F(revocation, check_without_a_list_refuses_every_certificate) {
  context_options o = trusting(root_.certificate());
  for (const crl_check_mode mode : {crl_check_mode::leaf, crl_check_mode::chain}) {
    o.crl_check = mode;
    EXPECT_EQ(verdict(o, leaf_), X509_V_ERR_UNABLE_TO_GET_CRL);
  }
  o.crl_check = crl_check_mode::none;
  EXPECT_EQ(verdict(o, leaf_), X509_V_OK);
}

TEST_F(revocation, lists_are_looked_for_in_the_directory_too) {
  const temp_dir dir;
  const std::string name = hashed_name(root_.certificate());
  const std::string list_name = name.substr(0, name.size() - 1) + "r0";
  dir.write(name, root_.certificate());
  context_options o = client_for();
  o.ca_directory = dir.path();
  o.crl_check = crl_check_mode::leaf;
  EXPECT_EQ(verdict(o, leaf_), X509_V_ERR_UNABLE_TO_GET_CRL);
  dir.write(list_name, root_.crl());
  EXPECT_EQ(verdict(o, leaf_), X509_V_OK);
  dir.write(list_name, root_.crl({leaf_.certificate}));
  EXPECT_EQ(verdict(o, leaf_), X509_V_ERR_CERT_REVOKED);
}

TEST_F(revocation, list_that_cannot_be_read_is_named) {
  const temp_dir dir;
  context_options o = trusting(root_.certificate());
  o.crl_file = dir / "missing.crl";
  expect_refused(o, "crl_file", (dir / "missing.crl") + "\": No such file");
  o.crl_check = crl_check_mode::none;
  expect_refused(o, "crl_file", "No such file");
  o.crl_file = pem_text(root_.certificate());
  expect_refused(o, "crl_file", "holds no certificate revocation list");
  o.crl_file = pem_text("-----BEGIN X509 CRL-----\nMIIB\n-----END X509 CRL-----\n");
  expect_refused(o, "crl_file", "cannot be read");
}

}  // namespace
}  // namespace test
}  // namespace iostls
