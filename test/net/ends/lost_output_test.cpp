// SPDX-License-Identifier: Apache-2.0
// Closing when output can no longer be delivered: what is reported, and how long it takes.
#include <chrono>
#include <string>

#include <gtest/gtest.h>
#include <iostls/iostls.hpp>

#include "dialogue.hpp"

namespace iostls {
namespace {

using namespace test;
using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

constexpr seconds too_long{5};  // far above what is asked for, far below the watchdog's limit

class lost_output : public testing::TestWithParam<variant> {};

INSTANTIATE_TEST_SUITE_P(, lost_output, all_variants(), variant_name);

// A stream with pending output whose peer has reset the connection.
std::unique_ptr<dialogue> doomed(const variant& v) {
  auto d = started(v);
  d->peer().reset();
  EXPECT_TRUE(d->wait_until_hung_up());
  d->stream() << "never to arrive";
  EXPECT_TRUE(d->stream().good());
  return d;
}

TEST_P(lost_output, destructor_keeps_failures_to_itself) {
  const auto d = doomed(GetParam());
  d->stream().exceptions(std::ios::badbit | std::ios::failbit);
  EXPECT_NO_THROW(d->destroy_stream());
}

TEST_P(lost_output, destruction_during_unwinding_does_not_terminate) {
  const auto unwind = [&] {
    const auto d = doomed(GetParam());
    d->stream().exceptions(std::ios::badbit);
    throw 42;
  };
  EXPECT_THROW(unwind(), int);
}

TEST_P(lost_output, close_reports_output_that_was_lost) {
  const auto d = doomed(GetParam());
  d->stream().close();
  EXPECT_TRUE(d->stream().fail());
  EXPECT_EQ(d->stream().error(), ssl_errc::system_error) << d->stream().error().message();
  EXPECT_FALSE(d->stream().is_open());
}

TEST_P(lost_output, close_throws_where_failbit_throws) {
  const auto d = doomed(GetParam());
  d->stream().exceptions(std::ios::failbit);
  EXPECT_THROW(d->stream().close(), std::ios_base::failure);
  EXPECT_FALSE(d->stream().is_open());
  d->stream().exceptions(std::ios::goodbit);
}

TEST_P(lost_output, streambuf_close_throws_when_output_was_lost) {
  const auto d = doomed(GetParam());
  EXPECT_THROW(d->stream().rdbuf()->close(), ssl_error);
  EXPECT_NO_THROW(d->stream().rdbuf()->close());
}

// Writes numbered_text until the buffers on the way are full, and some is left in the stream. This is
// over a local socket, as TCP, left alone, finds room for a little more now and then.
std::unique_ptr<dialogue> stuffed(const variant& v, milliseconds close_timeout) {
  auto d = started(
      v,
      [=](context_options& o) {
        o.close_timeout = close_timeout;
        o.write_timeout = milliseconds(20);
      },
      socket_pair());
  static const std::string text = numbered_text(16 << 20);
  for (std::size_t at = 0; at != text.size() && d->stream().good(); at += 8192) {
    d->stream().write(&text[at], 8192).flush();
  }
  EXPECT_EQ(d->stream().error(), ssl_errc::timed_out) << d->stream().error().message();
  return d;
}

TEST_P(lost_output, a_peer_that_does_not_read_bounds_close_and_is_reported) {
  const auto d = stuffed(GetParam(), milliseconds(200));
  d->stream().clear();
  const auto start = steady_clock::now();
  d->stream().close();
  EXPECT_LT(steady_clock::now() - start, too_long);
  EXPECT_TRUE(d->stream().fail()) << "output was lost";
  EXPECT_FALSE(d->stream().is_open());
}

TEST_P(lost_output, close_fails_although_the_loss_of_output_was_told_before) {
  const auto d = doomed(GetParam());
  d->stream().flush();
  EXPECT_TRUE(d->stream().bad());
  d->stream().clear();
  d->stream().close();
  EXPECT_TRUE(d->stream().fail()) << "success means that all output arrived";
}

TEST_P(lost_output, close_fails_after_a_block_that_was_not_sent_in_time) {
  const auto d = started(
      GetParam(),
      [](context_options& o) {
        o.close_timeout = milliseconds(100);
        o.write_timeout = milliseconds(50);
      },
      socket_pair());
  d->stream() << numbered_text(16 << 20);
  EXPECT_TRUE(d->stream().bad());
  EXPECT_EQ(d->stream().error(), ssl_errc::timed_out);
  d->stream().clear();
  d->stream().close();
  EXPECT_TRUE(d->stream().fail()) << "success means that all output arrived";
  const std::string received = d->peer().read_to_end();
  EXPECT_TRUE(received == numbered_text(received.size()));
  EXPECT_EQ(d->peer().end(), peer_end::failed) << "the peer takes the data for complete";
}

TEST_P(lost_output, a_peer_that_does_not_read_bounds_the_destructor) {
  const auto d = stuffed(GetParam(), milliseconds(200));
  const auto start = steady_clock::now();
  d->destroy_stream();
  EXPECT_LT(steady_clock::now() - start, too_long);
}

TEST_P(lost_output, is_not_followed_by_close_notify) {
  const auto d = stuffed(GetParam(), milliseconds(0));
  d->destroy_stream();
  const std::string received = d->peer().read_to_end();
  EXPECT_TRUE(received == numbered_text(received.size()));
  EXPECT_EQ(d->peer().end(), peer_end::failed) << "the peer takes the data for complete";
}

// In TLS 1.3 a client has written before its server reports that it does not know it.
TEST(refused_client, is_told_when_it_closes_without_having_read) {
  peer_options demanding = server_peer(tls_version::tls1_3);
  demanding.ca = test_authority().certificate();
  demanding.verify = SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
  descriptor_pair pair = tcp_pair();
  tls_peer server(std::move(pair.a), demanding);
  task peer([&] {
    EXPECT_FALSE(server.handshake());
    server.half_close();
    read_raw(server.fd());
  });
  context_options options = client_options(tls_version::tls1_3);
  options.close_timeout = too_long;
  ssl_client_stream s(pair.b.release(), ssl_context::client(options));
  EXPECT_TRUE(s << "an order" << std::flush);
  s.close();
  peer.join();
  EXPECT_TRUE(s.fail());
  EXPECT_EQ(s.error(), ssl_errc::alert_received) << s.error().message();
  ASSERT_NE(s.last_error(), nullptr);
  const std::string what = s.last_error()->what();
  EXPECT_NE(what.find("certificate required"), std::string::npos) << what;
}

// The reset comes when all was sent, and nothing of it read.
TEST_P(lost_output, close_reports_a_reset_that_comes_while_it_waits) {
  const auto d = started(GetParam(), [](context_options& o) { o.close_timeout = too_long; });
  task peer([&] {
    EXPECT_TRUE(wait_readable(d->peer().fd()));
    d->peer().reset();
  });
  d->stream() << "an order";
  d->stream().close();
  peer.join();
  EXPECT_TRUE(d->stream().fail());
  EXPECT_EQ(d->stream().error(), ssl_errc::system_error) << d->stream().error().message();
}

// What comes while a stream closes is taken in, and is no failure unless it is a refusal.
TEST_P(lost_output, is_nothing_that_a_peer_says_meanwhile) {
  const auto d = started(GetParam(), [](context_options& o) { o.close_timeout = too_long; });
  task peer([&] {
    EXPECT_TRUE(d->peer().write(std::string(300000, 'x')));
    EXPECT_TRUE(d->peer().sees_close_notify()) << d->peer().error();
    EXPECT_TRUE(d->peer().send_raw("no record at all"));
    d->peer().close();
  });
  EXPECT_TRUE(d->stream() << "an order" << std::flush);
  d->stream().close();
  peer.join();
  EXPECT_TRUE(d->stream().good()) << d->stream().error().message();
}

}  // namespace
}  // namespace iostls
