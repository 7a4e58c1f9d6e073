// SPDX-License-Identifier: Apache-2.0
// What the peer's certificate must have been issued for.
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <openssl/x509.h>
#include <iostls/ssl_context.hpp>

#include "fixture.hpp"
#include "memory_handshake.hpp"
#include "pem.hpp"
#include "thrown.hpp"
#include "trusted_pem.hpp"

namespace iostls {
namespace test {
namespace {

using names = std::vector<std::string>;

issued leaf_for(const std::string& usage) {
  leaf_options o;
  o.extended_key_usage = usage;
  return test_authority().leaf(o);
}

// What an end that accepts `purposes` makes of a peer's certificate.
long verdict(role judge, const names& purposes, const issued& credential,
             const std::string& ca = test_authority().certificate()) {
  context_options server = server_options(), client = client_options();
  context_options& judging = judge == role::server ? server : client;
  context_options& judged = judge == role::server ? client : server;
  if (judge == role::server) server.verify = verify_mode::required;
  judging.ca_certificates = pem_text(ca);
  judging.peer_purposes = purposes;
  judged.certificate = pem_text(credential.both());
  judged.key = {};
  const ssl_context at_server = ssl_context::server(server);
  for (const bool again : {false, true}) {
    if (again) at_server.reload();
    memory_handshake h(at_server, ssl_context::client(client));
    const bool passed = h.run();
    const long found = judge == role::server ? h.server_verdict() : h.client_verdict();
    EXPECT_EQ(passed, found == X509_V_OK);
    if (again) return found;
  }
  return -1;
}

class peer_purposes : public testing::TestWithParam<role> {
 protected:
  bool judges_client() const { return GetParam() == role::server; }
  std::string own() const { return judges_client() ? "clientAuth" : "serverAuth"; }
  std::string foreign() const { return judges_client() ? "serverAuth" : "clientAuth"; }
};

INSTANTIATE_TEST_SUITE_P(, peer_purposes, testing::Values(role::server, role::client),
                         [](const auto& p) { return to_string(p.param); });

TEST_P(peer_purposes, are_the_role_of_the_peer_by_default) {
  EXPECT_EQ(verdict(GetParam(), {}, leaf_for(own())), X509_V_OK);
  EXPECT_EQ(verdict(GetParam(), {}, leaf_for("")), X509_V_OK);
  EXPECT_EQ(verdict(GetParam(), {}, leaf_for(foreign())), X509_V_ERR_INVALID_PURPOSE);
}

TEST_P(peer_purposes, are_those_of_the_option) {
  const issued other = leaf_for(foreign());
  EXPECT_EQ(verdict(GetParam(), {foreign()}, other), X509_V_OK);
  EXPECT_EQ(verdict(GetParam(), {own(), foreign()}, other), X509_V_OK);
  EXPECT_EQ(verdict(GetParam(), {foreign(), own()}, leaf_for(own())), X509_V_OK);
  EXPECT_EQ(verdict(GetParam(), {"any"}, other), X509_V_OK);
  EXPECT_EQ(verdict(GetParam(), {own(), "any"}, leaf_for("emailProtection")), X509_V_OK);
}

TEST_P(peer_purposes, keep_out_what_the_option_does_not_name) {
  EXPECT_EQ(verdict(GetParam(), {foreign()}, leaf_for(own())), X509_V_ERR_INVALID_PURPOSE);
  EXPECT_EQ(verdict(GetParam(), {"serverAuth", "clientAuth"}, leaf_for("emailProtection")),
            X509_V_ERR_INVALID_PURPOSE);
}

TEST_P(peer_purposes, replace_no_verification) {
  EXPECT_EQ(verdict(GetParam(), {"any", own(), foreign()}, authority("Other").leaf()),
            X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY);
}

// An authority may have been withdrawn for one purpose, see openssl-x509(1).
TEST_P(peer_purposes, go_for_the_authority_too) {
  const int own_id = judges_client() ? NID_client_auth : NID_server_auth;
  const std::string withdrawn = withdrawn_for(test_authority().certificate(), own_id);
  const issued both = leaf_for("serverAuth,clientAuth");
  EXPECT_EQ(verdict(GetParam(), {}, both, withdrawn), X509_V_ERR_CERT_REJECTED);
  EXPECT_EQ(verdict(GetParam(), {own(), foreign()}, both, withdrawn), X509_V_OK);
  EXPECT_EQ(verdict(GetParam(), {foreign(), own()}, both, withdrawn), X509_V_OK);
}

TEST(peer_purposes_option, is_refused_if_it_has_an_unknown_name) {
  for (const std::string wrong : {"", "serverauth", "emailProtection"}) {
    for (const role r : {role::server, role::client}) {
      context_options o = r == role::server ? server_options() : client_options();
      o.peer_purposes = {"any", wrong};
      const ssl_error e =
          thrown_by([&] { r == role::server ? ssl_context::server(o) : ssl_context::client(o); });
      EXPECT_EQ(e.code(), ssl_errc::bad_configuration);
      EXPECT_EQ(e.operation(), "peer_purposes");
      EXPECT_TRUE(mentions(e, '"' + wrong + '"')) << e.what();
    }
  }
}

}  // namespace
}  // namespace test
}  // namespace iostls
