// SPDX-License-Identifier: Apache-2.0
// A server that asks for the client's certificate after the handshake: plain OpenSSL, and a client of ours.
#include <string>

#include <gtest/gtest.h>
#include <iostls/iostls.hpp>

#include "asking_server.hpp"
#include "descriptor.hpp"
#include "fixture.hpp"
#include "task.hpp"

namespace iostls {
namespace test {
namespace {

context_options asked_client(bool has_certificate = true) {
  context_options o = client_options(tls_version::tls1_3);
  o.post_handshake_auth = true;
  if (has_certificate) o.certificate = pem_text(localhost().both());
  return o;
}

class post_handshake_auth : public testing::TestWithParam<bool> {};
INSTANTIATE_TEST_SUITE_P(, post_handshake_auth, testing::Bool(), [](const auto& p) {
  return std::string(p.param ? "with_certificate" : "without_certificate");
});

TEST_P(post_handshake_auth, is_answered_by_reading_and_data_go_on) {
  descriptor_pair pair = tcp_pair();
  asking_server server(std::move(pair.a), asking_peer(tls_version::tls1_3));
  task serving([&] { server.run(); });
  ssl_client_stream c(pair.b.release(), ssl_context::client(asked_client(GetParam())));
  EXPECT_TRUE(talk_to_asking_server(c, c)) << c.last_error()->what();
  const connection_info info = c.info();
  EXPECT_TRUE(info.verified);
  EXPECT_FALSE(info.resumed);
  c.close();
  serving.join();
  EXPECT_EQ(server.done(), 1);
  EXPECT_EQ(server.has_certificate(), GetParam());
}

// Its reader sends nothing of what was written, but this.
TEST_P(post_handshake_auth, is_answered_by_the_reader_of_a_duplex) {
  descriptor_pair pair = tcp_pair();
  asking_server server(std::move(pair.a), asking_peer(tls_version::tls1_3));
  task serving([&] { server.run(); });
  ssl_client_stream c(pair.b.release(), ssl_context::client(asked_client(GetParam())));
  {
    ssl_duplex views(c);
    EXPECT_TRUE(talk_to_asking_server(views.in(), views.out()));
  }
  c.close();
  serving.join();
  EXPECT_EQ(server.has_certificate(), GetParam());
}

TEST(post_handshake_auth_option, is_not_offered_by_default) {
  descriptor_pair pair = tcp_pair();
  asking_server server(std::move(pair.a), asking_peer(tls_version::tls1_3));
  task serving([&] { server.run(); });
  context_options o = asked_client();
  o.post_handshake_auth.reset();
  ssl_client_stream c(pair.b.release(), ssl_context::client(o));
  EXPECT_TRUE(talk_to_asking_server(c, c));
  c.close();
  serving.join();
  EXPECT_EQ(server.done(), 0);
}

TEST(post_handshake_auth_option, of_a_connection_wins) {
  descriptor_pair pair = tcp_pair();
  asking_server server(std::move(pair.a), asking_peer(tls_version::tls1_3));
  task serving([&] { server.run(); });
  connection_options own;
  own.post_handshake_auth = false;
  ssl_client_stream c(pair.b.release(), ssl_context::client(asked_client()), own);
  EXPECT_TRUE(talk_to_asking_server(c, c));
  c.close();
  serving.join();
  EXPECT_EQ(server.done(), 0);
}

}  // namespace
}  // namespace test
}  // namespace iostls
