// SPDX-License-Identifier: Apache-2.0
// What may be repeated after a timeout, and what may not: the table in doc/guide/time.md.
#include <chrono>
#include <iomanip>
#include <memory>
#include <sstream>
#include <string>

#include <gtest/gtest.h>
#include <iostls/iostls.hpp>

#include "immediate_peer.hpp"

namespace iostls {
namespace {

using namespace test;

class repeatable : public testing::TestWithParam<variant> {
 protected:
  // The operation gets the first part before the time is over, and the whole when it is repeated.
  template <class Operation>
  void time_out(const std::string& first, const std::string& rest, Operation operation) {
    peer.send(first);
    stream.expires_after(std::chrono::seconds(0));
    operation();
    EXPECT_TRUE(stream.bad());
    EXPECT_FALSE(stream.eof());
    EXPECT_EQ(stream.error(), ssl_errc::timed_out);
    stream.clear();
    stream.expires_never();
    peer.send(rest);
    operation();
    EXPECT_FALSE(stream.bad()) << stream.error().message();
  }

  std::unique_ptr<duologue> talk = in_conversation(GetParam());
  immediate_peer& peer = talk->peer;
  ssl_stream& stream = *talk->stream;
};

INSTANTIATE_TEST_SUITE_P(, repeatable, all_variants(), variant_name);

TEST_P(repeatable, is_read_with_the_same_memory) {
  std::string got(8, '?');
  time_out("abc", "defgh", [&] { stream.read(&got[0], 8); });
  EXPECT_EQ(got, "abcdefgh");
}

TEST_P(repeatable, is_a_block_of_the_buffer) {
  std::string got(8, '?');
  time_out("abc", "defgh", [&] {
    try {
      stream.rdbuf()->sgetn(&got[0], 8);
    } catch (const ssl_error&) {
    }
  });
  EXPECT_EQ(got, "abcdefgh");
}

TEST_P(repeatable, are_single_characters_and_looks) {
  int got = 0;
  peer.send("-");
  ASSERT_EQ(stream.get(), '-');
  time_out("", "a", [&] { got = stream.get(); });
  EXPECT_EQ(got, 'a');
  time_out("", "b", [&] { got = stream.peek(); });
  EXPECT_EQ(got, 'b');
  stream.get();
  char c = '?';
  time_out(" \n", " c", [&] { stream >> c; });
  EXPECT_EQ(c, 'c');
  time_out("  ", " d", [&] { stream >> std::ws; });
  EXPECT_EQ(stream.get(), 'd');
}

TEST_P(repeatable, is_getline_when_the_parts_are_joined) {
  std::string line;
  time_out("one ", "line\n", [&] {
    std::string part;
    std::getline(stream, part);
    line += part;
  });
  EXPECT_EQ(line, "one line");
  line.clear();
  time_out("one ", "line\n", [&] {
    std::string part;
    getline(stream, part, 100);
    line += part;
  });
  EXPECT_EQ(line, "one line");
}

TEST_P(repeatable, are_lines_and_words_in_memory_behind_what_gcount_counts) {
  std::string got(20, '\0');
  std::size_t at = 0;
  time_out("one ", "line\n", [&] {
    stream.getline(&got[at], 20 - static_cast<std::streamsize>(at));
    at += static_cast<std::size_t>(stream.gcount());
  });
  EXPECT_STREQ(got.c_str(), "one line");
  at = 0;
  time_out("one ", "line\n", [&] {
    stream.get(&got[at], 20 - static_cast<std::streamsize>(at));
    at += static_cast<std::size_t>(stream.gcount());
  });
  EXPECT_STREQ(got.c_str(), "one line");
}

TEST_P(repeatable, is_a_copy_into_a_buffer) {
  std::ostringstream copy;
  peer.send("one ");
  stream.expires_after(std::chrono::seconds(0));
  stream >> copy.rdbuf();
  EXPECT_TRUE(stream.bad());
  stream.clear();
  stream.expires_never();
  peer.send("line");
  peer.close_notify();
  stream >> copy.rdbuf();
  EXPECT_EQ(copy.str(), "one line");
  EXPECT_FALSE(stream.bad());
}

TEST_P(repeatable, is_a_flush) {
  stream << "one ";
  peer.block_output();
  stream.expires_after(std::chrono::seconds(0));
  EXPECT_FALSE(stream.flush());
  stream.clear();
  stream.expires_never();
  peer.allow_output();
  stream << "line";
  EXPECT_TRUE(stream.flush());
  EXPECT_EQ(peer.take_received(), "one line");
}

TEST_P(repeatable, is_a_handshake_that_another_limit_than_its_own_has_stopped) {
  duologue fresh(GetParam());
  fresh.peer.be_slow(true);
  fresh.stream->expires_after(std::chrono::seconds(0));
  EXPECT_THROW(fresh.stream->do_handshake(), ssl_error);
  fresh.peer.be_slow(false);
  fresh.stream->clear();
  fresh.stream->expires_never();
  EXPECT_NO_THROW(fresh.stream->do_handshake());
  EXPECT_FALSE(fresh.stream->error()) << "it has gone on";
}

TEST_P(repeatable, is_output_that_a_read_sends_first) {
  stream << "question";
  peer.block_output();
  stream.expires_after(std::chrono::seconds(0));
  EXPECT_EQ(stream.get(), std::char_traits<char>::eof());
  EXPECT_EQ(stream.last_error()->operation(), std::string("write"));
  stream.clear();
  stream.expires_never();
  peer.allow_output();
  peer.on_wait = [this] { peer.send("a"); };
  EXPECT_EQ(stream.get(), 'a');
  EXPECT_EQ(peer.take_received(), "question");
  EXPECT_FALSE(stream.error()) << "it has gone on";
  peer.on_wait = nullptr;
}

// The standard's extraction has taken characters that it keeps nowhere.
TEST_P(repeatable, is_no_number) {
  int n = -7;
  time_out("12", "34 ", [&] { stream >> n; });
  EXPECT_EQ(n, 34);
}

TEST_P(repeatable, is_no_word) {
  std::string word;
  time_out("12", "34 ", [&] { stream >> word; });
  EXPECT_EQ(word, "34");
}

TEST_P(repeatable, is_no_other_output) {
  peer.block_output();
  stream.expires_after(std::chrono::seconds(0));
  EXPECT_FALSE(stream << std::string(1000000, 'x'));
  stream.clear();
  stream.expires_never();
  peer.allow_output();
  EXPECT_FALSE(stream << "y" << std::flush);
  EXPECT_EQ(stream.error(), ssl_errc::timed_out);
}

}  // namespace
}  // namespace iostls
