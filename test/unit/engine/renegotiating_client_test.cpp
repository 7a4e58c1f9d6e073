// SPDX-License-Identifier: Apache-2.0
// A server of TLS 1.2 that renegotiates to ask for the client's certificate: plain OpenSSL, and a client of
// ours.
#include <atomic>
#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <iostls/iostls.hpp>

#include "asking_server.hpp"
#include "descriptor.hpp"
#include "fixture.hpp"
#include "pem.hpp"
#include "task.hpp"
#include "thrown.hpp"
#include "tls_peer.hpp"

namespace iostls {
namespace test {
namespace {

context_options asked_client(bool has_certificate = true) {
  context_options o = client_options(tls_version::tls1_2);
  o.max_renegotiations = 1;
  if (has_certificate) o.certificate = pem_text(localhost().both());
  return o;
}

peer_options renegotiating_peer() { return asking_peer(tls_version::tls1_2); }

class renegotiating_client : public testing::TestWithParam<bool> {};
INSTANTIATE_TEST_SUITE_P(, renegotiating_client, testing::Bool(), [](const auto& p) {
  return std::string(p.param ? "with_certificate" : "without_certificate");
});

TEST_P(renegotiating_client, answers_by_reading_and_data_go_on) {
  descriptor_pair pair = tcp_pair();
  asking_server server(std::move(pair.a), renegotiating_peer());
  task serving([&] { server.run(); });
  const ssl_context context = ssl_context::client(asked_client(GetParam()));
  ssl_client_stream c(pair.b.release(), context);
  c.do_handshake();
  context.reload();
  EXPECT_TRUE(talk_to_asking_server(c, c)) << c.last_error()->what();
  const connection_info info = c.info();
  EXPECT_TRUE(info.verified);
  EXPECT_EQ(info.chain.size(), 2u);
  EXPECT_TRUE(c.session());
  c.close();
  serving.join();
  EXPECT_EQ(server.done(), 1) << server.refusal();
  EXPECT_EQ(server.has_certificate(), GetParam());
}

// Its reader sends nothing of what was written, but this.
TEST_P(renegotiating_client, answers_by_the_reader_of_a_duplex) {
  descriptor_pair pair = tcp_pair();
  asking_server server(std::move(pair.a), renegotiating_peer());
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

TEST(renegotiation_of_a_client, goes_with_a_writer_in_another_thread) {
  descriptor_pair pair = tcp_pair();
  tls_peer server(std::move(pair.a), renegotiating_peer());
  const std::string sent(1 << 20, 'x');
  std::string received;
  task serving([&] {
    received = server.read_exactly(100000);
    EXPECT_EQ(SSL_renegotiate(server.ssl()), 1);
    EXPECT_EQ(SSL_do_handshake(server.ssl()), 1);
    received += server.read_exactly(sent.size() - received.size());
    EXPECT_TRUE(server.write("done\n")) << server.error();
    server.read_to_end();
    server.close();
  });
  ssl_client_stream c(pair.b.release(), ssl_context::client(asked_client()));
  {
    ssl_duplex views(c);
    task writing([&] { EXPECT_TRUE(views.out() << sent << std::flush); });
    std::string line;
    EXPECT_TRUE(getline(views.in(), line)) << c.last_error()->what();
    EXPECT_EQ(line, "done");
    writing.join();
  }
  c.close();
  serving.join();
  EXPECT_EQ(SSL_num_renegotiations(server.ssl()), 1);
  EXPECT_TRUE(received == sent);
}

TEST(renegotiation_of_a_client, may_resume_the_session) {
  descriptor_pair pair = tcp_pair();
  peer_options peer = renegotiating_peer();
  peer.tune = [](SSL_CTX* ctx) { SSL_CTX_clear_options(ctx, SSL_OP_NO_RENEGOTIATION); };
  asking_server server(std::move(pair.a), peer);
  task serving([&] { server.run(); });
  ssl_client_stream c(pair.b.release(), ssl_context::client(asked_client()));
  EXPECT_FALSE(c.info().resumed);
  EXPECT_TRUE(talk_to_asking_server(c, c)) << c.last_error()->what();
  const connection_info info = c.info();
  EXPECT_TRUE(info.resumed);
  EXPECT_TRUE(info.verified);
  c.close();
  serving.join();
  EXPECT_EQ(server.done(), 1);
}

TEST(renegotiation_of_a_client, may_follow_a_resumed_session) {
  const auto context = make_peer_context(renegotiating_peer());
  const ssl_context client = ssl_context::client(asked_client());
  connection_options own;
  for (const bool again : {false, true}) {
    descriptor_pair pair = tcp_pair();
    tls_peer server(std::move(pair.a), renegotiating_peer(), context);
    task serving([&] {
      server.read_line();
      EXPECT_EQ(SSL_session_reused(server.ssl()), again ? 1 : 0);
      EXPECT_EQ(SSL_renegotiate(server.ssl()), 1);
      EXPECT_EQ(SSL_do_handshake(server.ssl()), 1);
      server.read_line();
      EXPECT_TRUE(server.write("done\n")) << server.error();
      server.read_to_end();
      server.close();
    });
    ssl_client_stream c(pair.b.release(), client, own);
    c << "a request\n" << std::flush;
    EXPECT_EQ(c.info().resumed, again);
    own.session = c.session();
    std::string line;
    c << "another\n";
    EXPECT_TRUE(getline(c, line)) << c.last_error()->what();
    EXPECT_TRUE(c.info().verified);
    c.close();
    serving.join();
    EXPECT_EQ(SSL_num_renegotiations(server.ssl()), 1);
  }
}

// What becomes of a client of which a server asks more than its options allow.
int done_with(const context_options& client, int times, connection_options own = {}) {
  own.close_timeout = std::chrono::milliseconds(0);
  descriptor_pair pair = tcp_pair();
  asking_server server(std::move(pair.a), renegotiating_peer(), times);
  task serving([&] { server.run(); });
  ssl_client_stream c(pair.b.release(), ssl_context::client(client), own);
  EXPECT_FALSE(talk_to_asking_server(c, c));
  EXPECT_EQ(c.error(), ssl_errc::alert_received) << c.error().message();
  c.close();
  serving.join();
  EXPECT_NE(server.refusal().find("no renegotiation"), std::string::npos) << server.refusal();
  return server.done();
}

int choose(SSL*, const unsigned char** out, unsigned char* size, const unsigned char* in, unsigned,
           void*) {
  *out = in + 1;
  *size = *in;
  return SSL_TLSEXT_ERR_OK;
}

// OpenSSL negotiates it in the first handshake alone, and then forgets it.
TEST(renegotiation_of_a_client, leaves_the_application_protocol_as_it_is) {
  descriptor_pair pair = tcp_pair();
  peer_options peer = renegotiating_peer();
  peer.tune = [](SSL_CTX* ctx) {
    allow_renegotiation(ctx);
    SSL_CTX_set_alpn_select_cb(ctx, choose, nullptr);
  };
  asking_server server(std::move(pair.a), peer);
  task serving([&] { server.run(); });
  context_options o = asked_client();
  o.alpn = std::vector<std::string>{"h2", "http/1.1"};
  ssl_client_stream c(pair.b.release(), ssl_context::client(o));
  EXPECT_EQ(c.info().alpn, "h2");
  EXPECT_TRUE(talk_to_asking_server(c, c)) << c.last_error()->what();
  EXPECT_EQ(c.info().alpn, "h2");
  c.close();
  serving.join();
  EXPECT_EQ(server.done(), 1);
}

TEST(renegotiation_of_a_client, is_refused_by_default) {
  context_options o = asked_client();
  o.max_renegotiations.reset();
  EXPECT_EQ(done_with(o, 1), 0);
}

TEST(renegotiation_of_a_client, is_refused_beyond_its_number) {
  context_options o = asked_client();
  EXPECT_EQ(done_with(o, 2), 1);
  o.max_renegotiations = 3;
  EXPECT_EQ(done_with(o, 4), 3);
}

TEST(renegotiation_of_a_client, is_a_matter_of_the_connection) {
  connection_options own;
  own.max_renegotiations = 0;
  EXPECT_EQ(done_with(asked_client(), 1, own), 0);
  own.max_renegotiations = 2;
  EXPECT_EQ(done_with(asked_client(), 3, own), 2);
}

void show(SSL* ssl, const std::string& certificate, const std::string& key) {
  require(SSL_use_certificate(ssl, certificate_from(certificate).get()) == 1,
          "SSL_use_certificate");
  require(SSL_use_PrivateKey(ssl, key_from(key).get()) == 1, "SSL_use_PrivateKey");
}

ssl_error failure_with(const context_options& client, asking_server::preparation prepare,
                       const peer_options& peer = renegotiating_peer()) {
  descriptor_pair pair = tcp_pair();
  asking_server server(std::move(pair.a), peer);
  server.prepare(std::move(prepare));
  task serving([&] { server.run(); });
  ssl_client_stream c(pair.b.release(), ssl_context::client(client));
  std::string line;
  c << "a request\n" << std::flush;
  EXPECT_FALSE(getline(c, line));
  EXPECT_EQ(line, "");
  const ssl_error e = *c.last_error();
  c.close();
  serving.join();
  return e;
}

TEST(server_that_renegotiates, may_not_have_another_certificate) {
  const issued other = test_authority().leaf();
  for (const verify_mode mode : {verify_mode::required, verify_mode::optional, verify_mode::none}) {
    context_options client = asked_client();
    client.verify = mode;
    const ssl_error e =
        failure_with(client, [&](SSL* ssl) { show(ssl, other.certificate, other.key); });
    EXPECT_EQ(e.code(), ssl_errc::certificate_rejected);
    EXPECT_TRUE(mentions(e, "another certificate")) << e.what();
  }
}

#ifdef TCP_CORK
void hold_back(int fd, bool held) {
  const int on = held ? 1 : 0;
  require(setsockopt(fd, IPPROTO_TCP, TCP_CORK, &on, sizeof on) == 0, "TCP_CORK");
}

// From the client's Finished on.
void hold_back_finished(const SSL* ssl, int, int) {
  if (SSL_get_state(ssl) == TLS_ST_SR_FINISHED) hold_back(SSL_get_fd(ssl), true);
}

// The end of a handshake, the request for the next, and data arrive together.
TEST(server_that_renegotiates, delivers_nothing_between_two_handshakes_that_was_not_judged) {
  const issued other = test_authority().leaf();
  descriptor_pair pair = tcp_pair();
  tls_peer server(std::move(pair.a), renegotiating_peer());
  SSL* const ssl = server.ssl();
  task serving([&] {
    EXPECT_EQ(server.read_line(), "a request") << server.error();
    show(ssl, other.certificate, other.key);
    SSL_set_info_callback(ssl, hold_back_finished);
    EXPECT_TRUE(SSL_renegotiate(ssl) == 1 && SSL_do_handshake(ssl) == 1);
    SSL_clear_mode(ssl, SSL_MODE_AUTO_RETRY);
    char byte = 0;
    EXPECT_LE(SSL_peek(ssl, &byte, 1), 0);
    EXPECT_EQ(SSL_num_renegotiations(ssl), 1);
    EXPECT_TRUE(SSL_renegotiate(ssl) == 1 && SSL_do_handshake(ssl) == 1);
    server.write("first\n");
    hold_back(server.fd(), false);
    server.read_to_end();
    server.half_close();
  });
  context_options o = asked_client();
  o.max_renegotiations = 2;
  ssl_client_stream c(pair.b.release(), ssl_context::client(o));
  std::string line;
  c << "a request\n" << std::flush;
  EXPECT_FALSE(getline(c, line));
  EXPECT_EQ(line, "");
  EXPECT_EQ(c.error(), ssl_errc::certificate_rejected) << c.error().message();
  c.close();
  serving.join();
}
#endif

TEST(server_that_renegotiates, is_verified_again) {
  const issued stranger = authority("Stranger").leaf();
  const ssl_error e = failure_with(
      asked_client(), [&](SSL* ssl) { show(ssl, stranger.certificate, stranger.key); });
  EXPECT_EQ(e.code(), ssl_errc::certificate_rejected);
  EXPECT_EQ(e.verify_result(), X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY);
}

// The certificate is the same: the user's function has changed its mind.
TEST(server_that_renegotiates, is_shown_to_the_function_of_the_user_again) {
  std::atomic<bool> is_fine{true};
  context_options client = asked_client();
  client.verify_callback = [&](const verify_event& e) { return e.accepted && is_fine; };
  const ssl_error e = failure_with(client, [&](SSL*) { is_fine = false; });
  EXPECT_EQ(e.code(), ssl_errc::certificate_rejected);
  EXPECT_TRUE(mentions(e, "verify_callback has refused")) << e.what();
}

TEST(number_of_renegotiations, is_refused_where_it_makes_no_sense) {
  context_options o = asked_client();
  o.max_renegotiations = -1;
  EXPECT_EQ(thrown_by([&] { ssl_context::client(o); }).operation(), "max_renegotiations");
  o = server_options();
  o.max_renegotiations = 1;
  const ssl_error e = thrown_by([&] { ssl_context::server(o); });
  EXPECT_EQ(e.code(), ssl_errc::bad_configuration);
  EXPECT_TRUE(mentions(e, "only a client")) << e.what();
}

}  // namespace
}  // namespace test
}  // namespace iostls
