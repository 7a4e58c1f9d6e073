// SPDX-License-Identifier: Apache-2.0
// A peer that takes no output any more, or not now, may still have something to say: it is heard, and at once.
#include <chrono>
#include <string>

#include <gtest/gtest.h>
#include <iostls/iostls.hpp>

#include "blocked_operation.hpp"
#include "dialogue.hpp"
#include "limited_in_time.hpp"
#include "socket_calls.hpp"

namespace iostls {
namespace {

using namespace test;

class deaf_peer : public testing::TestWithParam<variant> {
 protected:
  // The pair refuses output to the peer at once, and stays open for what the peer sends.
  deaf_peer()
      : talk_(started(
            GetParam(),
            [](context_options& o) {
              o.read_timeout = std::chrono::seconds(5);
              o.close_timeout = std::chrono::milliseconds(100);
            },
            socket_pair())) {}

  ssl_stream& stream() { return talk_->stream(); }
  tls_peer& peer() { return talk_->peer(); }
  void stop_listening() { end_input(peer().fd()); }

 private:
  std::unique_ptr<dialogue> talk_;
};

INSTANTIATE_TEST_SUITE_P(, deaf_peer, all_variants(), variant_name);

TEST_P(deaf_peer, is_read_without_waiting_for_more) {
  ASSERT_TRUE(peer().write("one\n"));
  stop_listening();
  stream() << "question\n";
  std::string line;
  EXPECT_TRUE(getline(stream(), line)) << stream().error().message();
  EXPECT_EQ(line, "one");
}

TEST_P(deaf_peer, is_read_to_the_end_of_what_it_has_sent) {
  ASSERT_TRUE(peer().write("one\ntwo\n"));
  ASSERT_TRUE(peer().write("three\n"));
  stop_listening();
  stream() << "question\n";
  for (const char* expected : {"one", "two", "three"}) {
    std::string line;
    EXPECT_TRUE(getline(stream(), line)) << stream().error().message();
    EXPECT_EQ(line, expected);
  }
}

TEST_P(deaf_peer, is_known_to_be_readable) {
  ASSERT_TRUE(peer().write("one\n"));
  stop_listening();
  stream() << "question\n" << std::flush;
  stream().clear();
  EXPECT_TRUE(stream().wait_readable(std::chrono::seconds(5)));
  std::string line;
  EXPECT_TRUE(getline(stream(), line)) << stream().error().message();
  EXPECT_EQ(line, "one");
}

TEST_P(deaf_peer, is_at_its_end_where_it_says_so) {
  ASSERT_TRUE(peer().close_notify());
  stop_listening();
  stream() << "question\n";
  EXPECT_EQ(stream().get(), EOF);
  EXPECT_TRUE(stream().eof());
  EXPECT_FALSE(stream().bad()) << stream().error().message();
}

TEST_P(deaf_peer, that_speaks_no_tls_any_more_fails_the_input) {
  ASSERT_TRUE(peer().send_raw("this is no record of TLS"));
  stop_listening();
  stream() << "question\n";
  EXPECT_EQ(stream().get(), EOF);
  EXPECT_TRUE(stream().bad());
  EXPECT_NE(stream().error(), ssl_errc::timed_out);
}

// It reads again later.
class busy_peer : public limited_in_time {
 protected:
  // Returns how much output the stream has accepted when the network takes no more.
  static std::size_t fill(dialogue& d) {
    const std::string message(4000, 'x');
    std::size_t accepted = message.size();
    d.stream().write_timeout(std::chrono::milliseconds(1));
    while (d.stream() << message << std::flush) accepted += message.size();
    EXPECT_EQ(d.stream().error(), ssl_errc::timed_out) << d.stream().error().message();
    d.stream().clear();
    d.stream().write_timeout(std::chrono::milliseconds(0));
    return accepted;
  }
};

INSTANTIATE_TEST_SUITE_P(, busy_peer, all_variants(), variant_name);

TEST_P(busy_peer, is_heard_by_a_thread_that_waits_already) {
  const auto d = started(GetParam(), no_timeouts, tcp_pair(4096));
  const std::size_t accepted = fill(*d);
  int got = 0;
  blocked_operation reading([&] { got = d->stream().get(); });
  EXPECT_TRUE(reading.is_blocked());
  EXPECT_TRUE(d->peer().write("?"));
  reading.join();
  EXPECT_EQ(got, '?');
  bool is_there = false;
  blocked_operation looking([&] { is_there = d->stream().wait_readable(std::chrono::minutes(1)); });
  EXPECT_TRUE(looking.is_blocked());
  EXPECT_TRUE(d->peer().write("!"));
  looking.join();
  EXPECT_TRUE(is_there);
  task flushing([&] { EXPECT_TRUE(d->stream().flush()) << d->stream().error().message(); });
  EXPECT_EQ(d->peer().read_exactly(accepted).size(), accepted);
}

// The output goes on by itself, while this end only waits.
TEST_P(busy_peer, gets_the_rest_of_the_output_while_its_answer_is_waited_for) {
  const auto d =
      started(GetParam(), with(&connection_options::write_timeout, soon), tcp_pair(4096));
  const std::size_t accepted = fill(*d);
  task peer([&] {
    EXPECT_EQ(d->peer().read_exactly(accepted).size(), accepted);
    EXPECT_TRUE(d->peer().write("!"));
  });
  d->stream().write_timeout(soon);
  EXPECT_TRUE(d->stream().wait_readable(std::chrono::minutes(1)));
  EXPECT_EQ(d->stream().get(), '!');
}

TEST_P(busy_peer, ends_a_read_with_its_own_time_limit) {
  const auto d = started(GetParam(), no_timeouts, tcp_pair(4096));
  fill(*d);
  d->stream().read_timeout(soon);
  EXPECT_EQ(d->stream().get(), EOF);
  expect_timed_out(d->stream());
}

TEST_P(busy_peer, ends_a_read_with_the_time_limit_of_the_socket) {
  descriptor_pair pair = tcp_pair(4096);
  const int fd = pair.b.get();
  const auto d = started(GetParam(), no_timeouts, std::move(pair));
  fill(*d);
  set_timeouts(fd, soon);
  EXPECT_EQ(d->stream().get(), EOF);
  expect_timed_out(d->stream());
}

}  // namespace
}  // namespace iostls
