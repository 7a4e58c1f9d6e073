// SPDX-License-Identifier: Apache-2.0
// A client that sends another name than the one that it verifies.
#include <string>

#include <gtest/gtest.h>
#include <iostls/iostls.hpp>

#include "fixture.hpp"
#include "memory_handshake.hpp"
#include "session_visit.hpp"
#include "thrown.hpp"

namespace iostls {
namespace test {
namespace {

class sni_name : public testing::TestWithParam<tls_version> {
 protected:
  sni_name() { client_.server_name = "localhost"; }

  connection_options sending(const std::string& name) const {
    connection_options own;
    own.sni_name = name;
    return own;
  }

  // The name that a server sees; "-" if the handshake fails, or the server sees none.
  std::string name_sent(const connection_options& own) const {
    const ssl_context server = ssl_context::server(server_options(GetParam()));
    memory_handshake h(server, ssl_context::client(client_), {}, own);
    if (!h.run()) return "-";
    const char* const seen = SSL_get_servername(h.server(), TLSEXT_NAMETYPE_host_name);
    return seen != nullptr ? seen : "-";
  }

  context_options client_ = client_options();
};

INSTANTIATE_TEST_SUITE_P(, sni_name, testing::Values(tls_version::tls1_2, tls_version::tls1_3),
                         [](const auto& p) { return to_string(p.param); });

TEST_P(sni_name, is_sent_in_the_place_of_the_name_that_is_verified) {
  EXPECT_EQ(name_sent({}), "localhost");
  EXPECT_EQ(name_sent(sending("front.example")), "front.example");
  EXPECT_EQ(name_sent(sending("front.example.")), "front.example");
}

TEST_P(sni_name, of_a_context_holds_until_a_connection_has_its_own) {
  client_.sni_name = "front.example";
  EXPECT_EQ(name_sent({}), "front.example");
  EXPECT_EQ(name_sent(sending("other.example")), "other.example");
}

TEST_P(sni_name, is_sent_beside_an_address) {
  client_.server_name = "127.0.0.1";
  EXPECT_EQ(name_sent({}), "-");
  EXPECT_EQ(name_sent(sending("front.example")), "front.example");
}

TEST_P(sni_name, that_is_empty_sends_none) {
  memory_handshake h(ssl_context::server(server_options(GetParam())), ssl_context::client(client_),
                     {}, sending(""));
  EXPECT_TRUE(h.run());
  EXPECT_EQ(h.client_verdict(), X509_V_OK);
  EXPECT_EQ(SSL_get_servername(h.server(), TLSEXT_NAMETYPE_host_name), nullptr);
}

// The certificate has the name that is sent, and not the one that was meant.
TEST_P(sni_name, does_not_count_where_the_certificate_is_verified) {
  client_.server_name = "elsewhere.example";
  memory_handshake h(ssl_context::server(server_options(GetParam())), ssl_context::client(client_),
                     {}, sending("localhost"));
  EXPECT_FALSE(h.run());
  EXPECT_EQ(h.client_verdict(), X509_V_ERR_HOSTNAME_MISMATCH);
}

TEST_P(sni_name, is_no_name_to_verify) {
  client_.server_name.reset();
  EXPECT_EQ(thrown_by([&] {
              make_connection(ssl_context::client(client_), sending("localhost"));
            }).operation(),
            "server_name");
}

TEST_P(sni_name, must_be_the_same_for_a_session_to_be_resumed) {
  const ssl_context server = ssl_context::server(server_options(GetParam()));
  const ssl_context client = ssl_context::client(client_);
  connection_options own = sending("front.example");
  own.session = visit(server, client, own).session;
  ASSERT_TRUE(own.session.value());
  const visit_result same = visit(server, client, own);
  EXPECT_TRUE(same.info.resumed);
  EXPECT_EQ(same.info.server_name, "front.example");
  own.session = same.session;
  for (const char* const other : {"other.example", "localhost", ""}) {
    own.sni_name = other;
    const visit_result in_full = visit(server, client, own);
    EXPECT_FALSE(in_full.failed) << in_full.failed.message();
    EXPECT_FALSE(in_full.info.resumed) << other;
  }
  own.sni_name = "front.example";
  EXPECT_TRUE(visit(server, client, own).info.resumed) << "it has been offered to nobody else";
}

}  // namespace
}  // namespace test
}  // namespace iostls
