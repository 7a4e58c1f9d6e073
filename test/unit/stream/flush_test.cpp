// SPDX-License-Identifier: Apache-2.0
// When output is sent: by a flush, and before a read that has to wait.
#include <memory>
#include <string>
#include <system_error>

#include <gtest/gtest.h>
#include <iostls/iostls.hpp>

#include "immediate_peer.hpp"

namespace iostls {
namespace {

using namespace test;

class flush : public testing::TestWithParam<variant> {
 protected:
  flush() : talk(in_conversation(GetParam())) {}

  const std::unique_ptr<duologue> talk;
  immediate_peer& peer = talk->peer;
  ssl_stream& stream = *talk->stream;
};

INSTANTIATE_TEST_SUITE_P(, flush, all_variants(), variant_name);

TEST_P(flush, of_nothing_puts_nothing_on_the_wire) {
  const std::uint64_t writes = talk->wire->writes;
  stream.write("", 0);
  stream << "" << std::flush << std::flush;
  EXPECT_TRUE(stream.good());
  EXPECT_EQ(talk->wire->writes, writes);
  EXPECT_EQ(peer.new_records(), 0);
}

TEST_P(flush, before_anything_else_does_not_even_start_the_handshake) {
  duologue fresh(GetParam());
  fresh.stream->write("", 0);
  fresh.stream->flush();
  EXPECT_TRUE(fresh.stream->good());
  EXPECT_EQ(fresh.wire->writes + fresh.wire->reads, 0u);
}

TEST_P(flush, sends_what_was_written_since_the_last_one_in_a_record) {
  for (int i = 0; i != 100; ++i) stream << i % 10;
  EXPECT_EQ(peer.new_records(), 0);
  stream.flush();
  EXPECT_EQ(peer.new_records(), 1);
  EXPECT_EQ(peer.received().size(), 100u);
}

TEST_P(flush, is_not_needed_between_a_question_and_its_answer) {
  duologue d(GetParam());
  d.peer.on_wait = [&] {
    if (d.peer.take_received() == "question\n") d.peer.send("answer\n");
  };
  for (int i = 0; i != 3; ++i) {
    std::string line;
    *d.stream << "question\n";
    EXPECT_TRUE(std::getline(*d.stream, line));
    EXPECT_EQ(line, "answer");
  }
}

TEST_P(flush, of_a_read_lets_questions_that_are_asked_at_once_share_a_record) {
  peer.on_wait = [&] { peer.send("1 2 3 "); };
  const std::uint64_t writes = talk->wire->writes;
  stream << "one\n"
         << "two\n"
         << "three\n";
  int answer = 0;
  EXPECT_TRUE(stream >> answer >> answer >> answer);
  EXPECT_EQ(answer, 3);
  EXPECT_EQ(peer.received(), "one\ntwo\nthree\n");
  EXPECT_EQ(peer.new_records(), 1);
  EXPECT_EQ(talk->wire->writes - writes, 1u);
}

TEST_P(flush, comes_before_large_reads_too) {
  const std::string answer = numbered_bytes(50000);
  peer.on_wait = [&] {
    if (peer.take_received() == "question") peer.send_in_records(answer, 16384);
  };
  stream << "question";
  std::string got(answer.size(), '\0');
  EXPECT_TRUE(stream.read(&got[0], static_cast<std::streamsize>(got.size())));
  EXPECT_EQ(got, answer);
}

TEST_P(flush, does_not_come_before_reads_where_that_is_turned_off) {
  stream.rdbuf()->flush_on_read(false);
  stream << "pending";
  peer.on_wait = [&] { peer.send("x"); };
  EXPECT_EQ(stream.get(), 'x');
  EXPECT_EQ(peer.received(), "");
  stream.flush();
  EXPECT_EQ(peer.received(), "pending");
}

TEST_P(flush, that_has_failed_lets_no_later_output_pass_for_sent) {
  peer.break_output(std::errc::broken_pipe);
  stream << "a" << std::flush;
  EXPECT_TRUE(stream.bad());
  stream.clear();
  stream << "b";
  EXPECT_TRUE(stream.bad());
  EXPECT_EQ(stream.error(), std::errc::broken_pipe);
}

}  // namespace
}  // namespace iostls
