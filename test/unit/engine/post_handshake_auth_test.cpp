// SPDX-License-Identifier: Apache-2.0
// A server that asks for the client's certificate after the handshake: plain OpenSSL, and a client of ours.
#include <memory>
#include <string>

#include <gtest/gtest.h>
#include <openssl/ssl.h>
#include <iostls/iostls.hpp>

#include "descriptor.hpp"
#include "fixture.hpp"
#include "task.hpp"
#include "tls_peer.hpp"

namespace iostls {
namespace test {
namespace {

context_options asked_client(bool has_certificate = true) {
  context_options o = client_options(tls_version::tls1_3);
  o.post_handshake_auth = true;
  if (has_certificate) o.certificate = pem_text(localhost().both());
  return o;
}

// Answers a line, then asks for a certificate, answers again, and answers a third line.
class asking_server {
 public:
  explicit asking_server(descriptor fd) : peer_(std::move(fd), options()) {}

  void run() {
    EXPECT_TRUE(peer_.handshake()) << peer_.error();
    EXPECT_EQ(peer_.read_line(), "a request");
    asked_ = SSL_verify_client_post_handshake(peer_.ssl());
    if (asked_ == 1) asked_ = SSL_do_handshake(peer_.ssl());
    if (asked_ == 1) await_answer();
    peer_.write("first\n");
    peer_.read_line();
    peer_.write("second\n");
    peer_.read_to_end();
    peer_.close_notify();
    peer_.half_close();
  }

  bool has_asked() const { return asked_ == 1; }
  bool has_certificate() const { return has_certificate_; }

 private:
  // Before it sends anything else, as Apache does. Without the mode, a message that is no data ends a read.
  void await_answer() {
    SSL_clear_mode(peer_.ssl(), SSL_MODE_AUTO_RETRY);
    char byte = 0;
    EXPECT_LE(SSL_peek(peer_.ssl(), &byte, 1), 0);
    SSL_set_mode(peer_.ssl(), SSL_MODE_AUTO_RETRY);
    X509* const shown = SSL_get1_peer_certificate(peer_.ssl());
    has_certificate_ = shown != nullptr;
    X509_free(shown);
  }

  static peer_options options() {
    peer_options o = server_peer(tls_version::tls1_3);
    o.ca = test_authority().certificate();
    o.tune = [](SSL_CTX* ctx) {
      SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | SSL_VERIFY_POST_HANDSHAKE, nullptr);
    };
    return o;
  }

  tls_peer peer_;
  int asked_ = 0;
  bool has_certificate_ = false;
};

bool talk(std::istream& in, std::ostream& out) {
  std::string first, second;
  out << "a request\n" << std::flush;
  if (!getline(in, first)) return false;
  out << "another\n" << std::flush;
  return getline(in, second) && first == "first" && second == "second";
}

class post_handshake_auth : public testing::TestWithParam<bool> {};
INSTANTIATE_TEST_SUITE_P(, post_handshake_auth, testing::Bool(), [](const auto& p) {
  return std::string(p.param ? "with_certificate" : "without_certificate");
});

TEST_P(post_handshake_auth, is_answered_by_reading_and_data_go_on) {
  descriptor_pair pair = tcp_pair();
  asking_server server(std::move(pair.a));
  task serving([&] { server.run(); });
  ssl_client_stream c(pair.b.release(), ssl_context::client(asked_client(GetParam())));
  EXPECT_TRUE(talk(c, c)) << c.last_error()->what();
  const connection_info info = c.info();
  EXPECT_TRUE(info.verified);
  EXPECT_FALSE(info.resumed);
  c.close();
  serving.join();
  EXPECT_TRUE(server.has_asked());
  EXPECT_EQ(server.has_certificate(), GetParam());
}

// Its reader sends nothing of what was written, but this.
TEST_P(post_handshake_auth, is_answered_by_the_reader_of_a_duplex) {
  descriptor_pair pair = tcp_pair();
  asking_server server(std::move(pair.a));
  task serving([&] { server.run(); });
  ssl_client_stream c(pair.b.release(), ssl_context::client(asked_client(GetParam())));
  {
    ssl_duplex views(c);
    EXPECT_TRUE(talk(views.in(), views.out()));
  }
  c.close();
  serving.join();
  EXPECT_EQ(server.has_certificate(), GetParam());
}

TEST(post_handshake_auth_option, is_not_offered_by_default) {
  descriptor_pair pair = tcp_pair();
  asking_server server(std::move(pair.a));
  task serving([&] { server.run(); });
  context_options o = asked_client();
  o.post_handshake_auth.reset();
  ssl_client_stream c(pair.b.release(), ssl_context::client(o));
  EXPECT_TRUE(talk(c, c));
  c.close();
  serving.join();
  EXPECT_FALSE(server.has_asked());
}

TEST(post_handshake_auth_option, of_a_connection_wins) {
  descriptor_pair pair = tcp_pair();
  asking_server server(std::move(pair.a));
  task serving([&] { server.run(); });
  connection_options own;
  own.post_handshake_auth = false;
  ssl_client_stream c(pair.b.release(), ssl_context::client(asked_client()), own);
  EXPECT_TRUE(talk(c, c));
  c.close();
  serving.join();
  EXPECT_FALSE(server.has_asked());
}

}  // namespace
}  // namespace test
}  // namespace iostls
