// SPDX-License-Identifier: Apache-2.0
// The end of a stream that another thread is using.
#include <atomic>
#include <chrono>
#include <string>
#include <thread>

#include <gtest/gtest.h>
#include <iostls/iostls.hpp>

#include "blocked_operation.hpp"
#include "dialogue.hpp"
#include "socket_calls.hpp"

namespace iostls {
namespace {

using namespace test;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr seconds too_long{2};  // what is asked for is milliseconds

void close_at_once(context_options& o) { o.close_timeout = milliseconds(0); }
void close_in_time(context_options& o) { o.close_timeout = seconds(20); }

class duplex_end : public testing::TestWithParam<variant> {};

INSTANTIATE_TEST_SUITE_P(, duplex_end, all_variants(), variant_name);

TEST_P(duplex_end, cancel_wakes_a_close_that_waits_for_its_peer) {
  const auto d = started(GetParam(), close_in_time);
  blocked_operation closing([&] { d->stream().close(); });
  ASSERT_TRUE(closing.is_blocked());
  d->stream().cancel();
  EXPECT_TRUE(closing.ended_within(too_long));
}

TEST_P(duplex_end, close_ends_a_reader_in_another_thread) {
  const auto d = started(GetParam(), close_at_once);
  ssl_duplex both(d->stream());
  blocked_operation reader([&] { both.in().get(); });
  ASSERT_TRUE(reader.is_blocked());
  blocked_operation closing([&] { d->stream().close(); });
  EXPECT_TRUE(closing.ended_within(too_long));
  EXPECT_TRUE(reader.ended_within(too_long));
  reader.join(), closing.join();
  EXPECT_TRUE(both.in().bad());
  EXPECT_FALSE(both.in().eof());
  EXPECT_EQ(d->stream().error(), ssl_errc::closed) << d->stream().error().message();
  EXPECT_TRUE(d->peer().sees_close_notify()) << d->peer().error();
}

TEST_P(duplex_end, of_the_views_leaves_their_output_to_the_stream) {
  const auto d = started(GetParam(), [](context_options& o) {
    o.read_timeout = seconds(5);
    o.close_timeout = milliseconds(0);
  });
  {
    ssl_duplex both(d->stream());
    task([&] { both.out() << "question\n"; }).join();
  }
  task answering([&] {
    EXPECT_EQ(d->peer().read_line(), "question");
    EXPECT_TRUE(d->peer().write("answer\n"));
  });
  std::string line;
  EXPECT_TRUE(getline(d->stream(), line)) << d->stream().error().message();
  EXPECT_EQ(line, "answer");
}

TEST_P(duplex_end, a_descriptor_number_is_not_free_before_the_stream_goes) {
  const auto d = started(GetParam(), close_at_once);
  const int fd = d->stream().rdbuf()->fd();
  blocked_operation reader([&] { d->stream().get(); });
  ASSERT_TRUE(reader.is_blocked());
  d->stream().cancel();
  EXPECT_TRUE(is_open(fd)) << "cancel() does not close";
  EXPECT_TRUE(reader.ended_within(too_long));
  reader.join();
  EXPECT_TRUE(is_open(fd));
  EXPECT_EQ(d->stream().rdbuf()->fd(), fd);
  d->destroy_stream();
  EXPECT_FALSE(is_open(fd));
}

// Talks on, and listens only then.
std::string hear_out(tls_peer& peer, std::size_t size) {
  std::string received;
  while (received.size() < size) {
    EXPECT_TRUE(peer.write(std::string(100, 'i'))) << peer.error();
    const std::string some = peer.read_some();
    if (some.empty()) break;
    received += some;
  }
  return received;
}

// Input that comes when nobody may take it in any more makes a system reset the connection.
TEST_P(duplex_end, a_reader_in_another_thread_does_not_cost_output) {
  const auto d = started(GetParam(), close_in_time, tcp_pair(8192));
  set_send_buffer(d->stream().rdbuf()->fd(), 200000);
  const std::string sent = numbered_text(150000);
  ssl_duplex both(d->stream());
  blocked_operation reader([&] { both.in().get(); });
  ASSERT_TRUE(reader.is_blocked());
  EXPECT_TRUE(both.out() << sent << std::flush);
  blocked_operation closing([&] { d->stream().close(); });
  while (d->stream().is_open()) std::this_thread::yield();
  EXPECT_TRUE(hear_out(d->peer(), sent.size()) == sent);
  EXPECT_TRUE(d->peer().sees_close_notify()) << d->peer().error();
  d->peer().close();
  closing.join(), reader.join();
  EXPECT_TRUE(both.in().bad());
}

// A tool that watches each access to memory sees whether that is so.
TEST(expiry, may_be_set_while_another_thread_connects) {
  constexpr int times = 20;
  const ssl_context server = ssl_context::server(server_options());
  const ssl_context client = ssl_context::client(client_options());
  tcp_listener listener("localhost");
  task serving([&] {
    for (int i = 0; i != times; ++i) {
      ssl_server_stream s(listener.accept(), server);
      EXPECT_EQ(s.get(), 'x');
    }
  });
  ssl_client_stream s;
  std::atomic<bool> done{false};
  task setting([&] {
    while (!done) s.expires_after(seconds(60));
  });
  for (int i = 0; i != times; ++i) {
    s.connect("localhost", std::to_string(listener.port()), client);
    EXPECT_TRUE(s << 'x' << std::flush) << s.error().message();
    s.close();
  }
  done = true;
  setting.join(), serving.join();
  EXPECT_NE(s.expiry(), (ssl_stream::time_point::max)());
}

}  // namespace
}  // namespace iostls
