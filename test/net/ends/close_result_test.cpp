// SPDX-License-Identifier: Apache-2.0
// How the end of a connection went: whether the peer is known to have got all.
#include <chrono>
#include <string>

#include <gtest/gtest.h>
#include <iostls/iostls.hpp>

#include "dialogue.hpp"
#include "relay.hpp"

namespace iostls {
namespace {

using namespace test;
using std::chrono::milliseconds;
using std::chrono::seconds;

class result_of_closing : public testing::TestWithParam<variant> {};

INSTANTIATE_TEST_SUITE_P(, result_of_closing, all_variants(), variant_name);

dialogue::tuning close_within(milliseconds limit) {
  return [=](context_options& o) { o.close_timeout = limit; };
}

TEST_P(result_of_closing, is_none_before) {
  const auto d = started(GetParam(), close_within(milliseconds(0)));
  EXPECT_EQ(d->stream().closed_how(), close_result::not_closed);
  EXPECT_EQ(ssl_client_stream().closed_how(), close_result::not_closed);
}

TEST_P(result_of_closing, is_delivered_where_the_peer_ends_after_us) {
  const auto d = started(GetParam());
  task peer([&] { d->answer_close(); });
  d->stream() << numbered_text(300000);
  d->stream().close();
  EXPECT_TRUE(d->stream().good()) << d->stream().error().message();
  EXPECT_EQ(d->stream().closed_how(), close_result::delivered);
}

TEST_P(result_of_closing, is_delivered_where_the_peer_ends_with_a_fin_alone) {
  const auto d = started(GetParam());
  task peer([&] {
    d->peer().read_to_end();
    d->peer().half_close();
  });
  d->stream() << "abc";
  d->stream().close();
  EXPECT_EQ(d->stream().closed_how(), close_result::delivered);
}

TEST_P(result_of_closing, is_unconfirmed_where_the_peer_reads_nothing) {
  const auto d = started(GetParam(), close_within(milliseconds(100)));
  d->stream() << "abc";
  d->stream().close();
  EXPECT_TRUE(d->stream().good()) << "nothing shows that it was lost";
  EXPECT_EQ(d->stream().closed_how(), close_result::unconfirmed);
}

TEST_P(result_of_closing, is_unconfirmed_without_waiting) {
  const auto d = started(GetParam(), close_within(milliseconds(0)));
  d->stream() << "abc";
  d->stream().close();
  EXPECT_EQ(d->stream().closed_how(), close_result::unconfirmed);
}

TEST_P(result_of_closing, is_lost_where_not_all_could_be_sent) {
  const auto tune = [](context_options& o) {
    o.close_timeout = milliseconds(100);
    o.write_timeout = milliseconds(20);
  };
  const auto d = started(GetParam(), tune, socket_pair());
  while (d->stream() << std::string(8000, 'x') << std::flush) {
  }
  d->stream().clear();
  d->stream().close();
  EXPECT_TRUE(d->stream().fail());
  EXPECT_EQ(d->stream().closed_how(), close_result::lost);
}

TEST_P(result_of_closing, is_lost_where_output_had_failed) {
  const auto d = started(GetParam());
  d->peer().reset();
  ASSERT_TRUE(d->wait_until_hung_up());
  d->stream() << "abc" << std::flush;
  d->stream().close();
  EXPECT_TRUE(d->stream().fail());
  EXPECT_EQ(d->stream().closed_how(), close_result::lost);
}

TEST_P(result_of_closing, is_lost_where_it_was_canceled) {
  const auto d = started(GetParam());
  d->stream().cancel();
  d->stream().close();
  EXPECT_EQ(d->stream().closed_how(), close_result::lost);
}

// The peer's end had come before: then its system has to have all.
TEST_P(result_of_closing, of_an_answer_to_a_peer_that_has_ended_is_what_its_system_says) {
  const auto d = started(GetParam());
  ASSERT_TRUE(d->peer().close_notify());
  d->peer().half_close();
  d->stream().get();
  d->stream().clear();
  d->stream() << "answer\n" << std::flush;
  EXPECT_EQ(d->peer().read_line(), "answer");
  d->stream().close();
  EXPECT_TRUE(d->stream().good());
  EXPECT_EQ(d->stream().closed_how(), close_result::delivered);
}

// Its end is on the way when ours goes out: no sign that it got anything.
TEST(result_of_closing_a_client, is_not_delivered_where_the_ends_have_crossed) {
  relay network;
  tls_peer server(network.take_right(), server_peer());
  ssl_client_stream s(network.take_left().release(), client_options());
  task shaking([&] { EXPECT_TRUE(server.handshake()) << server.error(); });
  s.do_handshake();
  shaking.join();
  network.to_right().hold();
  ASSERT_TRUE(server.close_notify());
  server.half_close();
  ASSERT_TRUE(wait_readable(s.rdbuf()->fd()));
  s << std::string(100, 'x');
  s.close();
  EXPECT_NE(s.closed_how(), close_result::lost);
  network.to_right().release();
}

TEST_P(result_of_closing, is_that_of_the_latest_connection) {
  const auto d = started(GetParam(), close_within(milliseconds(0)));
  d->stream().close();
  if (GetParam().stream == role::server) {
    descriptor_pair next = tcp_pair();
    static_cast<ssl_server_stream&>(d->stream()).accept(next.b.release());
    EXPECT_EQ(d->stream().closed_how(), close_result::not_closed);
  }
}

}  // namespace
}  // namespace iostls
