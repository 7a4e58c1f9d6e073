// SPDX-License-Identifier: Apache-2.0
// The option server_name of a server: the name that its clients must ask for.
#include <string>

#include <gtest/gtest.h>
#include <openssl/err.h>
#include <iostls/ssl_context.hpp>

#include "fixture.hpp"
#include "memory_handshake.hpp"

namespace iostls {
namespace test {
namespace {

class required_name : public testing::TestWithParam<tls_version> {
 protected:
  // How a server that wants `wanted` answers a client that asks for `asked`; 0 if it agrees.
  int alert(const std::string& wanted, const std::string& asked,
            const setting<std::string>& override = {}) {
    context_options server = server_options(GetParam());
    server.server_name = wanted;
    context_options client = client_options();
    client.verify = verify_mode::none;
    client.server_name = asked;
    connection_options own;
    own.server_name = override;
    memory_handshake h(ssl_context::server(server), ssl_context::client(client), own);
    return h.run() ? 0 : h.client_failure();
  }

  static constexpr int unrecognized_name = SSL_R_TLSV1_UNRECOGNIZED_NAME;
};

INSTANTIATE_TEST_SUITE_P(versions, required_name,
                         testing::Values(tls_version::tls1_2, tls_version::tls1_3),
                         [](const auto& p) { return to_string(p.param); });

TEST_P(required_name, must_be_asked_for) {
  EXPECT_EQ(alert("localhost", "localhost"), 0);
  EXPECT_EQ(alert("localhost", "LOCALHOST."), 0);
  EXPECT_EQ(alert("LocalHost.", "localhost"), 0);
  EXPECT_EQ(alert("localhost", "example.org"), unrecognized_name);
  EXPECT_EQ(alert("localhost", "localhost.example.org"), unrecognized_name);
}

TEST_P(required_name, refuses_a_client_that_asks_for_none) {
  EXPECT_EQ(alert("localhost", ""), unrecognized_name);
  EXPECT_EQ(alert("localhost", "127.0.0.1"), unrecognized_name);
}

TEST_P(required_name, of_a_connection_wins) {
  EXPECT_EQ(alert("localhost", "example.org", "example.org"), 0);
  EXPECT_EQ(alert("localhost", "localhost", "example.org"), unrecognized_name);
}

TEST_P(required_name, is_what_the_session_of_a_refused_client_cannot_go_round) {
  const ssl_context server = ssl_context::server(server_options(GetParam()));
  const ssl_context client = ssl_context::client(client_options());
  memory_handshake first(server, client);
  ASSERT_TRUE(first.run());
  connection_options own;
  own.server_name = "example.org";
  memory_handshake second(server, client, own);
  SSL_set_session(second.client(), first.session().get());
  EXPECT_FALSE(second.run());
  EXPECT_EQ(second.client_failure(), unrecognized_name);
}

TEST(server_name, is_known_to_a_server_that_takes_any) {
  for (const tls_version version : {tls_version::tls1_2, tls_version::tls1_3}) {
    memory_handshake h(ssl_context::server(server_options(version)),
                       ssl_context::client(client_options()));
    ASSERT_TRUE(h.run());
    EXPECT_STREQ(SSL_get_servername(h.server(), TLSEXT_NAMETYPE_host_name), "localhost");
  }
}

}  // namespace
}  // namespace test
}  // namespace iostls
