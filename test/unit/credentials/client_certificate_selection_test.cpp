// SPDX-License-Identifier: Apache-2.0
// Which of several certificates a client shows.
#include <string>

#include <gtest/gtest.h>
#include <iostls/iostls.hpp>

#include "authority.hpp"
#include "fixture.hpp"
#include "session_visit.hpp"
#include "thrown.hpp"
#include "two_ends.hpp"

namespace iostls {
namespace test {
namespace {

credential_source made(const authority& from, const std::string& name,
                       key_type key = key_type::p256) {
  leaf_options o;
  o.common_name = name;
  o.key = key;
  const issued leaf = from.leaf(o);
  credential_source source;
  source.certificate = pem_text(leaf.certificate);
  source.key = pem_text(leaf.key);
  return source;
}

class client_selection : public testing::TestWithParam<tls_version> {
 protected:
  client_selection() : client_(client_options(GetParam())) {
    const credential_source first = made(test_authority(), "first");
    client_.certificate = first.certificate;
    client_.key = first.key;
    client_.more_credentials = {made(other_, "second"), made(other_.intermediate(), "third"),
                                made(test_authority(), "rsa", key_type::rsa2048)};
  }

  // Of a server that trusts this authority.
  ssl_context server_for(const authority& trusted, const char* algorithm = nullptr) {
    context_options o = server_options(GetParam());
    o.verify = verify_mode::required;
    o.ca_certificates = pem_text(trusted.certificate());
    if (algorithm != nullptr) o.signature_algorithms = std::vector<std::string>{algorithm};
    return ssl_context::server(o);
  }

  std::string shown_to(const ssl_context& server) {
    const both_reports r = complete_handshake(server, ssl_context::client(client_));
    EXPECT_FALSE(r.server.failed) << r.server.what;
    return r.server.peer.subject();
  }

  const authority other_{"Other"};
  context_options client_;
};

INSTANTIATE_TEST_SUITE_P(, client_selection,
                         testing::Values(tls_version::tls1_2, tls_version::tls1_3),
                         [](const auto& p) { return to_string(p.param); });

TEST_P(client_selection, goes_by_the_authorities_that_the_server_names) {
  EXPECT_EQ(shown_to(server_for(test_authority())), "CN=first");
  EXPECT_EQ(shown_to(server_for(other_)), "CN=second");
  client_.more_credentials.erase(client_.more_credentials.begin());
  EXPECT_EQ(shown_to(server_for(other_)), "CN=third");  // its chain leads there
}

TEST_P(client_selection, goes_by_the_algorithms_that_the_server_names) {
  leaf_options o;
  o.key = key_type::rsa2048;
  const issued rsa = test_authority().leaf(o);
  context_options server = server_options(GetParam());
  server.certificate = pem_text(rsa.certificate);
  server.key = pem_text(rsa.key);
  server.verify = verify_mode::required;
  server.ca_certificates = pem_text(test_authority().certificate());
  EXPECT_EQ(shown_to(ssl_context::server(server)), "CN=first");
  server.signature_algorithms =
      std::vector<std::string>{"rsa_pss_rsae_sha256", "rsa_pkcs1_sha256", "rsa_pss_rsae_sha384"};
  EXPECT_FALSE(complete_handshake(ssl_context::server(server), ssl_context::client(client_))
                   .server.peer.subject() == "CN=first");
}

TEST_P(client_selection, shows_the_first_where_none_is_wanted) {
  const authority unknown("Unknown");
  const both_reports r = complete_handshake(server_for(unknown), ssl_context::client(client_));
  EXPECT_EQ(r.server.failed, ssl_errc::certificate_rejected);
  EXPECT_NE(r.server.what.find("CN=first"), std::string::npos) << r.server.what;
}

TEST_P(client_selection, leaves_sessions_to_be_resumed_with_the_same_certificates) {
  const ssl_context server = server_for(other_);
  const ssl_context client = ssl_context::client(client_);
  connection_options own;
  own.session = visit(server, client).session;
  EXPECT_TRUE(visit(server, client, own).info.resumed);
  own.session = visit(server, client).session;
  client_.more_credentials[0] = made(other_, "replaced");
  const visit_result r = visit(server, ssl_context::client(client_), own);
  EXPECT_FALSE(r.failed) << r.failed.message();
  EXPECT_FALSE(r.info.resumed);
}

TEST_P(client_selection, is_of_certificates_that_can_be_used) {
  context_options o = client_;
  o.more_credentials[1].key = o.more_credentials[0].key;
  EXPECT_EQ(thrown_by([&] { ssl_context::client(o); }).operation(), "more_credentials[1].key");
  o = client_;
  o.more_credentials[0].ocsp_response = ocsp_source::from_bytes("a response");
  EXPECT_EQ(thrown_by([&] { ssl_context::client(o); }).operation(),
            "more_credentials[0].ocsp_response");
  o = client_;
  o.certificate = pem_source();
  o.key = pem_source();
  const ssl_error e = thrown_by([&] { ssl_context::client(o); });
  EXPECT_EQ(e.operation(), "certificate");
  EXPECT_TRUE(mentions(e, "more_credentials are given")) << e.what();
}

}  // namespace
}  // namespace test
}  // namespace iostls
