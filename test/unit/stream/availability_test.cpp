// SPDX-License-Identifier: Apache-2.0
// What there is to read without waiting, and what asking for it moves along.
#include <chrono>
#include <memory>
#include <string>
#include <utility>

#include <gtest/gtest.h>
#include <iostls/iostls.hpp>

#include "immediate_peer.hpp"

namespace iostls {
namespace {

using namespace test;
using traits = std::char_traits<char>;

class availability : public testing::TestWithParam<variant> {
 protected:
  availability() : talk(in_conversation(GetParam())) {}

  std::streamsize read_some(std::streamsize size) {
    std::string data(static_cast<std::size_t>(size), '\0');
    return stream.readsome(&data[0], size);
  }

  std::unique_ptr<duologue> talk;
  immediate_peer& peer = talk->peer;
  ssl_stream& stream = *talk->stream;
  ssl_streambuf& buffer = talk->buffer();
};

INSTANTIATE_TEST_SUITE_P(, availability, all_variants(), variant_name);

// A server that only polls would wait for ever, and so would its client.
TEST_P(availability, takes_the_handshake_along_and_what_was_written) {
  duologue fresh(GetParam());
  *fresh.stream << "question\n";
  std::string data(10, '\0');
  int polls = 0;
  while (fresh.peer.received().empty() && ++polls < 10) {
    EXPECT_EQ(fresh.stream->readsome(&data[0], 10), 0);
    EXPECT_TRUE(fresh.stream->good());
  }
  EXPECT_EQ(fresh.peer.received(), "question\n");
  fresh.peer.send("answer");
  EXPECT_EQ(fresh.stream->readsome(&data[0], 10), 6);
  EXPECT_FALSE(fresh.stream->error());
}

TEST_P(availability, does_not_wait_for_a_peer_that_says_nothing) {
  duologue fresh(GetParam());
  fresh.peer.be_slow(true);
  *fresh.stream << "question\n";
  for (int i = 0; i != 3; ++i) EXPECT_EQ(fresh.buffer().in_avail(), 0);
  EXPECT_TRUE(fresh.stream->good());
  EXPECT_FALSE(fresh.stream->error());
  fresh.peer.be_slow(false);
  fresh.peer.send("answer\n");
  std::string line;
  EXPECT_TRUE(std::getline(*fresh.stream, line));
  EXPECT_EQ(line, "answer");
  EXPECT_TRUE(fresh.stream->flush());
  EXPECT_EQ(fresh.peer.received(), "question\n");
}

TEST_P(availability, does_not_wait_for_a_peer_that_takes_nothing) {
  peer.block_output();
  stream << std::string(1000, 'x');
  for (int i = 0; i != 3; ++i) EXPECT_EQ(buffer.in_avail(), 0);
  EXPECT_TRUE(stream.good());
  peer.allow_output();
  EXPECT_EQ(buffer.in_avail(), 0);
  EXPECT_EQ(peer.received(), std::string(1000, 'x'));
}

TEST_P(availability, of_a_handshake_that_fails_is_told_by_reading) {
  duologue fresh(GetParam());
  fresh.wire->on_read = from_call(0, fault::ended());
  EXPECT_EQ(fresh.buffer().in_avail(), 1);
  EXPECT_EQ(fresh.stream->get(), traits::eof());
  EXPECT_TRUE(fresh.stream->bad());
  EXPECT_FALSE(fresh.stream->eof());
  EXPECT_EQ(fresh.stream->error(), ssl_errc::handshake_failed);
}

TEST_P(availability, of_an_idle_connection_is_unknown) {
  EXPECT_EQ(buffer.in_avail(), 0) << "session tickets are no data";
  EXPECT_EQ(read_some(10), 0);
  EXPECT_TRUE(stream.good());
}

TEST_P(availability, counts_what_has_arrived) {
  peer.send("0123456789ABCDEFGHIJ");
  EXPECT_EQ(buffer.in_avail(), 20);
  EXPECT_EQ(take(buffer, 4), "0123");
  EXPECT_EQ(buffer.in_avail(), 16);
  EXPECT_EQ(read_some(100), 16);
  EXPECT_EQ(read_some(100), 0);
  EXPECT_TRUE(stream.good());
}

TEST_P(availability, sees_what_arrives_after_it_was_asked_in_vain) {
  for (int i = 0; i != 3; ++i) {
    ASSERT_EQ(buffer.in_avail(), 0);
    peer.send("abc");
    ASSERT_EQ(buffer.in_avail(), 3);
    ASSERT_EQ(take(buffer, 3), "abc");
  }
}

TEST_P(availability, loses_nothing_that_was_read_and_flushes_only_when_there_is_nothing) {
  peer.send("abcdefghij");
  stream << "x";
  EXPECT_EQ(buffer.in_avail(), 10);
  EXPECT_EQ(peer.received(), "");
  ASSERT_EQ(take(buffer, 10), "abcdefghij");
  EXPECT_EQ(buffer.in_avail(), 0);
  EXPECT_EQ(peer.received(), "x");
  for (int i = 0; i != 8; ++i) ASSERT_NE(buffer.sungetc(), traits::eof());
  EXPECT_EQ(buffer.in_avail(), 8);
}

TEST_P(availability, is_over_after_close_notify) {
  peer.send("abc");
  peer.close_notify();
  EXPECT_EQ(buffer.in_avail(), 3);
  EXPECT_EQ(take(buffer, 3), "abc");
  EXPECT_EQ(buffer.in_avail(), -1);
  EXPECT_TRUE(stream.good());
  EXPECT_EQ(read_some(1), 0);
  EXPECT_EQ(stream.rdstate(), std::ios::eofbit);
  EXPECT_FALSE(stream.error());
}

TEST_P(availability, of_a_cut_connection_is_no_end_of_file) {
  peer.send("abc");
  peer.cut();
  EXPECT_EQ(read_some(100), 3);
  EXPECT_TRUE(stream.good());
  EXPECT_EQ(read_some(100), 0);
  EXPECT_TRUE(stream.bad());
  EXPECT_FALSE(stream.eof());
  EXPECT_EQ(stream.error(), ssl_errc::truncated);
}

TEST_P(availability, of_a_cut_connection_is_thrown_where_badbit_throws) {
  ASSERT_EQ(buffer.in_avail(), 0);
  peer.cut();
  stream.exceptions(std::ios::badbit);
  EXPECT_THROW(read_some(1), ssl_error);
  EXPECT_TRUE(stream.bad());
}

// The standard's stream on the buffer of ours, which has failed before.
TEST_P(availability, of_a_cut_connection_is_told_to_each_stream) {
  std::istream another(&buffer);
  peer.cut();
  EXPECT_EQ(stream.get(), traits::eof());
  ASSERT_TRUE(stream.bad());
  char byte = 0;
  EXPECT_EQ(another.readsome(&byte, 1), 0);
  EXPECT_TRUE(another.bad());
}

TEST_P(availability, of_a_closed_stream_is_a_failure_and_no_end_of_file) {
  stream.close();
  EXPECT_EQ(read_some(1), 0);
  EXPECT_EQ(stream.rdstate(), std::ios::badbit);
  EXPECT_EQ(stream.error(), ssl_errc::closed);
  EXPECT_THROW(ssl_streambuf().in_avail(), ssl_error);
}

// A loop for as long as there is something must end.
TEST_P(availability, of_a_stream_that_was_told_of_its_failure_is_none) {
  peer.send("abc");
  peer.cut();
  int rounds = 0;
  while (stream.rdbuf()->in_avail() > 0 && ++rounds < 10) stream.get();
  EXPECT_EQ(rounds, 4);
  EXPECT_EQ(buffer.in_avail(), 0);
  stream.clear();
  EXPECT_EQ(buffer.in_avail(), 1);
}

TEST_P(availability, of_a_stream_that_is_closed_after_its_end_is_none) {
  peer.close_notify();
  EXPECT_EQ(stream.get(), traits::eof());
  stream.close();
  EXPECT_EQ(buffer.in_avail(), 0);
}

// wait_readable: for programs that had a descriptor with O_NONBLOCK, and a loop on EAGAIN.

using std::chrono::milliseconds;

TEST_P(availability, can_be_waited_for) {
  EXPECT_FALSE(stream.wait_readable(milliseconds(0)));
  EXPECT_FALSE(stream.wait_readable(milliseconds(10)));
  peer.on_wait = [&] { peer.send("abc"); };
  EXPECT_TRUE(stream.wait_readable(std::chrono::minutes(1)));
  peer.on_wait = nullptr;
  EXPECT_EQ(read_some(10), 3);
  EXPECT_TRUE(stream.good());
  EXPECT_FALSE(stream.error());
}

TEST_P(availability, that_is_waited_for_takes_the_handshake_along_and_what_was_written) {
  duologue fresh(GetParam());
  *fresh.stream << "question\n";
  EXPECT_FALSE(fresh.stream->wait_readable(milliseconds(1000)));
  EXPECT_EQ(fresh.peer.received(), "question\n");
  EXPECT_TRUE(fresh.stream->good());
  fresh.peer.send("answer\n");
  EXPECT_TRUE(fresh.stream->wait_readable(milliseconds(0)));
  std::string line;
  EXPECT_TRUE(std::getline(*fresh.stream, line));
  EXPECT_EQ(line, "answer");
}

TEST_P(availability, that_is_waited_for_in_vain_breaks_no_handshake) {
  duologue fresh(GetParam());
  fresh.peer.be_slow(true);
  for (int i = 0; i != 3; ++i) EXPECT_FALSE(fresh.stream->wait_readable(milliseconds(1)));
  EXPECT_FALSE(fresh.stream->error());
  fresh.peer.be_slow(false);
  fresh.peer.send("answer\n");
  EXPECT_TRUE(fresh.stream->wait_readable(std::chrono::minutes(1)));
}

TEST_P(availability, that_is_waited_for_is_there_at_the_end_and_at_a_failure) {
  peer.close_notify();
  EXPECT_TRUE(stream.wait_readable(std::chrono::minutes(1)));
  EXPECT_TRUE(stream.good());
  EXPECT_EQ(stream.get(), traits::eof());
  EXPECT_FALSE(stream.bad());
  for (const bool is_cut : {true, false}) {
    const auto d = in_conversation(GetParam());
    is_cut ? d->peer.cut() : d->peer.break_input(std::errc::connection_reset);
    for (int i = 0; i != 2; ++i) EXPECT_TRUE(d->stream->wait_readable(std::chrono::minutes(1)));
    EXPECT_TRUE(d->stream->good());
    d->stream->get();
    EXPECT_TRUE(d->stream->bad());
    EXPECT_FALSE(d->stream->eof());
  }
  ssl_client_stream unopened;
  EXPECT_TRUE(unopened.wait_readable(std::chrono::minutes(1)));
  unopened.get();
  EXPECT_EQ(unopened.error(), ssl_errc::closed);
}

// A loop on it has to come to its end.
TEST_P(availability, that_is_waited_for_beyond_the_expiry_is_a_failure_to_be_read) {
  stream.expires_after(std::chrono::seconds(0));
  EXPECT_TRUE(stream.wait_readable(std::chrono::minutes(1)));
  stream.get();
  EXPECT_EQ(stream.error(), ssl_errc::timed_out);
}

// Polling by the deadline: where a loop looked at EAGAIN, it looks at timed_out.
TEST_P(availability, is_told_by_reading_with_a_deadline_that_has_passed) {
  stream.expires_after(std::chrono::seconds(0));
  char c = 0;
  for (int i = 0; i != 3; ++i) {
    EXPECT_FALSE(stream.get(c));
    EXPECT_EQ(stream.error(), ssl_errc::timed_out);
    stream.clear();
  }
  peer.send("abc");
  EXPECT_EQ(stream.get(), 'a');
}

TEST_P(availability, is_waited_for_as_long_as_a_timeout_says_that_was_set_later) {
  stream.read_timeout(milliseconds(20));
  stream.get();
  EXPECT_EQ(stream.error(), ssl_errc::timed_out);
  stream.clear();
  stream.read_timeout(std::chrono::minutes(1));
  peer.on_wait = [&] { peer.send("x"); };
  EXPECT_EQ(stream.get(), 'x');
  peer.on_wait = nullptr;
  EXPECT_THROW(stream.read_timeout(milliseconds(-1)), ssl_error);
}

TEST_P(availability, of_room_for_output_is_waited_for_as_long_as_was_set_later) {
  peer.block_output();
  stream.write_timeout(milliseconds(20));
  EXPECT_FALSE(stream << 'x' << std::flush);
  EXPECT_EQ(stream.error(), ssl_errc::timed_out);
  EXPECT_THROW(stream.write_timeout(milliseconds(-1)), ssl_error);
}

TEST_P(availability, of_a_buffer_by_itself_is_waited_for_likewise) {
  duologue d(GetParam());
  ssl_streambuf taken(std::move(d.buffer()));
  EXPECT_FALSE(taken.wait_readable(milliseconds(0)));
  taken.read_timeout(milliseconds(20));
  EXPECT_THROW(taken.sgetc(), ssl_error);
  EXPECT_EQ(taken.error(), ssl_errc::timed_out);
}

}  // namespace
}  // namespace iostls
