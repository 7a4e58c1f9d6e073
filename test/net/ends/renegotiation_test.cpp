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
