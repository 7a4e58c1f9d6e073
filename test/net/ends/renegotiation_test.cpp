// SPDX-License-Identifier: Apache-2.0
// Output beside what TLS itself has to say at that time: a handshake that the peer has begun anew, as
// TLS 1.2 allows and we do not unless told to, and an alert of our own.
#include <chrono>
#include <string>

#include <gtest/gtest.h>
#include <openssl/ssl.h>
#include <iostls/iostls.hpp>

#include "blocked_operation.hpp"
#include "descriptor.hpp"
#include "dialogue.hpp"
#include "task.hpp"

namespace iostls {
namespace {

using namespace test;
using std::chrono::milliseconds;

void close_at_once(context_options& o) { o.close_timeout = milliseconds(0); }

void allow_renegotiation(context_options& o) {
  close_at_once(o);
  o.openssl_commands = {{"Options", "ClientRenegotiation,-NoRenegotiation"}};
}

TEST(renegotiation, is_finished_by_a_stream_that_writes) {
  const auto d = started({role::server, tls_version::tls1_2}, allow_renegotiation);
  const std::string sent = numbered_text(100000);
  std::string received;
  int renegotiated = 0;
  SSL_clear_options(d->peer().ssl(), SSL_OP_NO_RENEGOTIATION);
  task peer([&] {
    renegotiated = SSL_renegotiate(d->peer().ssl()) == 1 && SSL_do_handshake(d->peer().ssl()) == 1;
    received = d->peer().read_exactly(sent.size());
    EXPECT_TRUE(d->peer().write("done\n"));
  });
  ASSERT_TRUE(wait_readable(d->stream().rdbuf()->fd()));
  EXPECT_EQ(d->stream().rdbuf()->in_avail(), 0);  // the hello is taken in, and not answered yet
  EXPECT_TRUE(d->stream() << sent << std::flush) << d->stream().error().message();
  std::string line;
  EXPECT_TRUE(std::getline(d->stream(), line)) << d->stream().error().message();
  EXPECT_EQ(line, "done");
  peer.join();
  EXPECT_EQ(renegotiated, 1);
  EXPECT_EQ(SSL_num_renegotiations(d->peer().ssl()), 1);
  EXPECT_TRUE(received == sent) << received.size();
}

// The answers to what the peer has begun are not left to the next output.
TEST(renegotiation, is_finished_by_a_stream_that_only_reads) {
  for (const role r : {role::server, role::client}) {
    SCOPED_TRACE(to_string(r));
    const auto d = started({r, tls_version::tls1_2}, allow_renegotiation);
    SSL* const ssl = d->peer().ssl();
    SSL_clear_options(ssl, SSL_OP_NO_RENEGOTIATION);
    task peer([&] {
      SSL_renegotiate(ssl);
      SSL_do_handshake(ssl);  // a server only asks for it, and takes part when it reads
      SSL_clear_mode(ssl, SSL_MODE_AUTO_RETRY);
      char c = 0;
      if (r == role::client) SSL_read(ssl, &c, 1);
      EXPECT_TRUE(SSL_is_init_finished(ssl));
      EXPECT_TRUE(d->peer().write("done\n"));
    });
    std::string line;
    EXPECT_TRUE(std::getline(d->stream(), line)) << d->stream().error().message();
    EXPECT_EQ(line, "done");
    peer.join();
    EXPECT_EQ(SSL_num_renegotiations(ssl), 1);
  }
}

// A function of the options, which is asked again, refuses the peer and cancels the stream.
TEST(renegotiation, that_a_function_cancels_and_refuses_is_canceled) {
  ssl_stream* stream = nullptr;
  int calls = 0;
  const auto d = started({role::client, tls_version::tls1_2}, [&](context_options& o) {
    allow_renegotiation(o);
    o.verify_callback = [&](const verify_event& e) {
      if (e.depth != 0 || ++calls == 1) return e.accepted;
      stream->cancel();
      return false;
    };
  });
  stream = &d->stream();
  ASSERT_EQ(calls, 1);
  SSL_clear_options(d->peer().ssl(), SSL_OP_NO_RENEGOTIATION);
  SSL_set_options(d->peer().ssl(), SSL_OP_NO_SESSION_RESUMPTION_ON_RENEGOTIATION);
  task peer([&] {
    SSL_renegotiate(d->peer().ssl());
    SSL_do_handshake(d->peer().ssl());
    d->peer().read_to_end();
  });
  EXPECT_EQ(d->stream().get(), std::char_traits<char>::eof());
  EXPECT_EQ(calls, 2);
  EXPECT_EQ(d->stream().error(), ssl_errc::canceled) << d->stream().error().message();
}

class alert_of_ours : public testing::TestWithParam<variant> {};

INSTANTIATE_TEST_SUITE_P(, alert_of_ours, all_variants(), variant_name);

// The peer has to take what is on its way before it can hear what was wrong with its own record.
TEST_P(alert_of_ours, follows_output_that_is_stuck) {
  const auto d = started(GetParam(), close_at_once, tcp_pair(8192));
  const std::string sent = numbered_text(16 << 20);
  ssl_duplex both(d->stream());
  blocked_operation writer([&] { both.out() << sent << std::flush; });
  ASSERT_TRUE(writer.is_blocked());
  ASSERT_TRUE(d->peer().send_raw(std::string("\x17\x03\x03\x00\x20", 5) + std::string(32, '?')));
  EXPECT_EQ(both.in().get(), std::char_traits<char>::eof());
  EXPECT_EQ(d->stream().error(), ssl_errc::protocol_error) << d->stream().error().message();
  const std::string received = d->peer().read_to_end();
  writer.join();
  EXPECT_LT(received.size(), sent.size());
  EXPECT_EQ(sent.compare(0, received.size(), received), 0);
  EXPECT_EQ(d->peer().end(), peer_end::failed);
  EXPECT_NE(d->peer().error().find("alert bad record mac"), std::string::npos) << d->peer().error();
  EXPECT_TRUE(both.out().bad());
}

}  // namespace
}  // namespace iostls
