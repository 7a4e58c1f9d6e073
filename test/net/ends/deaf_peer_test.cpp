// SPDX-License-Identifier: Apache-2.0
// A peer that takes no output any more may still have something to say: it is heard, and at once.
#include <chrono>
#include <string>

#include <gtest/gtest.h>
#include <iostls/iostls.hpp>

#include "dialogue.hpp"
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

}  // namespace
}  // namespace iostls
