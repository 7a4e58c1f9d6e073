// SPDX-License-Identifier: Apache-2.0
#include <iostls/ssl_context.hpp>

#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <openssl/err.h>

#include "fixture.hpp"
#include "memory_handshake.hpp"
#include "thrown.hpp"

namespace iostls {
namespace test {
namespace {

SSL_CTX* native(const ssl_context& context) { return context.state()->get(); }

TEST(context, knows_its_role_and_shares_its_state) {
  const ssl_context server = ssl_context::server(server_options());
  const ssl_context copy = server;
  EXPECT_TRUE(copy.is_server());
  EXPECT_EQ(copy.state(), server.state());
  EXPECT_FALSE(ssl_context::client().is_server());
}

TEST(context, keeps_the_options_that_connections_start_from) {
  context_options o = client_options();
  o.read_timeout = std::chrono::milliseconds(7);
  const ssl_context context = ssl_context::client(o);
  EXPECT_EQ(context.state()->options().server_name.value(), "localhost");
  EXPECT_EQ(context.state()->options().read_timeout.value(), std::chrono::milliseconds(7));
}

TEST(context, of_a_server_needs_a_certificate) {
  const ssl_error e = thrown_by([] { ssl_context::server({}); });
  EXPECT_EQ(e.code(), ssl_errc::bad_credentials);
  EXPECT_EQ(e.operation(), "certificate");
}

TEST(context, asks_for_certificates_as_verify_says) {
  struct row {
    bool server;
    setting<verify_mode> mode;
    int flags;
  };
  const int required = SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
  for (const row& r :
       {row{true, {}, SSL_VERIFY_NONE}, row{true, verify_mode::none, SSL_VERIFY_NONE},
        row{true, verify_mode::optional, SSL_VERIFY_PEER},
        row{true, verify_mode::required, required}, row{false, {}, SSL_VERIFY_PEER},
        row{false, verify_mode::none, SSL_VERIFY_NONE},
        row{false, verify_mode::optional, SSL_VERIFY_NONE},
        row{false, verify_mode::required, SSL_VERIFY_PEER}}) {
    context_options o = r.server ? server_options() : client_options();
    o.verify = r.mode;
    const ssl_context context = r.server ? ssl_context::server(o) : ssl_context::client(o);
    EXPECT_EQ(SSL_CTX_get_verify_mode(native(context)), r.flags)
        << r.server << static_cast<int>(r.mode.value_or(verify_mode::none));
  }
}

TEST(context, counts_depth_as_openssl_does) {
  EXPECT_EQ(SSL_CTX_get_verify_depth(native(ssl_context::client())), 100);
  context_options o;
  o.max_depth = 0;
  EXPECT_EQ(SSL_CTX_get_verify_depth(native(ssl_context::client(o))), 0);
}

TEST(context, reports_nothing_that_other_code_left_in_the_error_queue) {
  ERR_raise(ERR_LIB_SSL, SSL_R_BAD_LENGTH);
  const ssl_error e = thrown_by([] { ssl_context::server({}); });
  EXPECT_TRUE(e.codes().empty()) << e.what();
  EXPECT_EQ(ERR_peek_error(), 0U);
  ERR_raise(ERR_LIB_SSL, SSL_R_BAD_LENGTH);
  ssl_context::server(server_options());
  EXPECT_EQ(ERR_peek_error(), 0U);
}

class resumption : public testing::TestWithParam<tls_version> {
 protected:
  resumption() : server_(server_options(GetParam())), client_(client_options()) {
    server_.ca_certificates = pem_text(test_authority().certificate());
    client_.certificate = pem_text(localhost().certificate);
    client_.key = pem_text(localhost().key);
  }

  // Does another handshake with the session of the first, and returns whether it was resumed.
  static bool resumes(const memory_handshake& first, memory_handshake&& second) {
    SSL_set_session(second.client(), first.session().get());
    EXPECT_TRUE(second.run());
    EXPECT_EQ(SSL_session_reused(second.client()), SSL_session_reused(second.server()));
    return SSL_session_reused(second.server()) == 1;
  }

  context_options server_, client_;
};

INSTANTIATE_TEST_SUITE_P(versions, resumption,
                         testing::Values(tls_version::tls1_2, tls_version::tls1_3),
                         [](const auto& p) { return to_string(p.param); });

TEST_P(resumption, works_with_client_certificates) {
  server_.verify = verify_mode::required;
  const ssl_context server = ssl_context::server(server_);
  const ssl_context client = ssl_context::client(client_);
  memory_handshake first(server, client);
  ASSERT_TRUE(first.run());
  EXPECT_EQ(SSL_session_reused(first.server()), 0);
  EXPECT_TRUE(resumes(first, memory_handshake(server, client)));
}

TEST_P(resumption, does_not_go_round_the_verification_of_another_context) {
  const ssl_context lax = ssl_context::server(server_);
  const ssl_context client = ssl_context::client(client_);
  memory_handshake first(lax, client);
  ASSERT_TRUE(first.run());
  server_.verify = verify_mode::required;
  EXPECT_FALSE(resumes(first, memory_handshake(ssl_context::server(server_), client)));
}

TEST_P(resumption, does_not_go_round_the_trust_of_a_context_with_the_same_ticket_keys) {
  server_.verify = verify_mode::required;
  const ssl_context one = ssl_context::server(server_);
  const ssl_context other = ssl_context::server(server_);
  unsigned char keys[128];
  const long size = SSL_CTX_get_tlsext_ticket_keys(native(one), nullptr, 0);
  ASSERT_LE(size, static_cast<long>(sizeof keys));
  ASSERT_EQ(SSL_CTX_get_tlsext_ticket_keys(native(one), keys, size), 1);
  ASSERT_EQ(SSL_CTX_set_tlsext_ticket_keys(native(other), keys, size), 1);
  const ssl_context client = ssl_context::client(client_);
  memory_handshake first(one, client);
  ASSERT_TRUE(first.run());
  EXPECT_FALSE(resumes(first, memory_handshake(other, client)));
}

TEST_P(resumption, does_not_go_round_the_verification_of_an_override) {
  const ssl_context server = ssl_context::server(server_);
  const ssl_context client = ssl_context::client(client_);
  memory_handshake first(server, client);
  ASSERT_TRUE(first.run());
  EXPECT_TRUE(resumes(first, memory_handshake(server, client)));
  connection_options own;
  own.verify = verify_mode::required;
  memory_handshake strict(server, client, own);
  EXPECT_FALSE(resumes(first, std::move(strict)));
  EXPECT_TRUE(resumes(strict, memory_handshake(server, client, own)));
}

TEST_P(resumption, survives_an_override_that_changes_nothing) {
  server_.verify = verify_mode::required;
  const ssl_context server = ssl_context::server(server_);
  const ssl_context client = ssl_context::client(client_);
  memory_handshake first(server, client);
  ASSERT_TRUE(first.run());
  connection_options own;
  own.verify = verify_mode::required;
  EXPECT_TRUE(resumes(first, memory_handshake(server, client, own)));
}

TEST(client_authentication, is_enforced_by_an_override) {
  context_options server = server_options(tls_version::tls1_2);
  server.ca_certificates = pem_text(test_authority().certificate());
  connection_options own;
  own.verify = verify_mode::required;
  const ssl_context context = ssl_context::server(server);
  memory_handshake without(context, ssl_context::client(client_options()), own);
  EXPECT_FALSE(without.run());
  EXPECT_EQ(without.server_failure(), SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE);

  context_options client = client_options();
  client.certificate = pem_text(localhost().both());
  memory_handshake with(context, ssl_context::client(client), own);
  EXPECT_TRUE(with.run());
  EXPECT_EQ(with.server_verdict(), X509_V_OK);
}

TEST(connections, of_clients_can_be_duplicated_by_openssl) {
  connection_options own;
  own.alpn = std::vector<std::string>{"h2"};
  own.ocsp = ocsp_mode::require;
  context_options client = client_options();
  client.psk = pre_shared_key{"sensor", std::string(32, 'k')};
  client.verify_callback = [](const verify_event& e) { return e.accepted; };
  auto ssl = make_connection(ssl_context::client(client), own);
  const detail::ssl_ptr copy(SSL_dup(ssl.get()));
  EXPECT_NE(copy, nullptr);
  ssl.reset();  // what the copy holds is its own
  const detail::ssl_ptr again(SSL_dup(copy.get()));
  EXPECT_NE(again, nullptr);
}

TEST(connections, can_be_duplicated_by_openssl) {
  connection_options own;
  own.server_name = "example.org";
  const auto ssl = make_connection(ssl_context::server(server_options()), own);
  const detail::ssl_ptr copy(SSL_dup(ssl.get()));
  EXPECT_NE(copy, nullptr);
}

}  // namespace
}  // namespace test
}  // namespace iostls
