// SPDX-License-Identifier: Apache-2.0
// What bounds an operation, against a peer that would rather have it last: time, and memory.
// Where the peer in memory would have a stream wait, the time is over at once.
#include <chrono>
#include <stdexcept>
#include <string>

#include <gtest/gtest.h>
#include <iostls/iostls.hpp>

#include "immediate_peer.hpp"

namespace iostls {
namespace {

using namespace test;
using std::chrono::milliseconds;
using std::chrono::minutes;

constexpr auto eof = std::char_traits<char>::eof();

class limits : public testing::TestWithParam<variant> {};

INSTANTIATE_TEST_SUITE_P(, limits, all_variants(), variant_name);

// To read is to send first what was written, for which there is no limit of its own here.
TEST_P(limits, of_reading_hold_for_the_output_that_goes_first) {
  const auto d =
      in_conversation(GetParam(), [](connection_options& o) { o.read_timeout = minutes(1); });
  *d->stream << "question";
  d->peer.block_output();
  EXPECT_EQ(d->stream->get(), eof);
  EXPECT_EQ(d->stream->error(), ssl_errc::timed_out) << d->stream->error().message();
  d->peer.allow_output();
  d->peer.on_wait = [&] { d->peer.send("a"); };
  d->stream->clear();
  EXPECT_EQ(d->stream->get(), 'a');
  EXPECT_EQ(d->peer.received(), "question");
  d->peer.on_wait = nullptr;
}

// However much that is, and although the handshake is done first.
TEST_P(limits, of_reading_hold_for_the_output_that_goes_before_the_first_read) {
  duologue d(GetParam(), [](connection_options& o) { o.read_timeout = minutes(1); });
  d.buffer().pubsetbuf(nullptr, 1000000);
  *d.stream << std::string(500000, 'q');
  d.peer.block_output(100000);
  EXPECT_EQ(d.stream->get(), eof);
  EXPECT_EQ(d.stream->error(), ssl_errc::timed_out) << d.stream->error().message();
  d.peer.allow_output();
  d.peer.on_wait = [&] { d.peer.send("a"); };
  d.stream->clear();
  EXPECT_EQ(d.stream->get(), 'a');
  EXPECT_EQ(d.peer.received(), std::string(500000, 'q'));
  d.peer.on_wait = nullptr;
}

TEST_P(limits, that_no_clock_can_tell_are_none) {
  const auto for_ever = [](connection_options& o) {
    o.handshake_timeout = o.read_timeout = o.write_timeout = o.close_timeout =
        (milliseconds::max)();
  };
  const auto d = in_conversation(GetParam(), for_ever);
  d->stream->expires_after((ssl_stream::duration::max)());
  d->peer.on_wait = [&] { d->peer.send("answer\n"); };
  *d->stream << "question";
  std::string line;
  EXPECT_TRUE(std::getline(*d->stream, line)) << d->stream->error().message();
  EXPECT_EQ(line, "answer");
  EXPECT_EQ(d->peer.received(), "question");
  d->peer.on_wait = nullptr;
  EXPECT_TRUE(*d->stream << "goodbye");
  d->peer.cut();
  d->stream->close();
  EXPECT_EQ(d->peer.received(), "questiongoodbye");
}

TEST_P(limits, that_have_passed_before_they_were_set_hold) {
  const auto d = in_conversation(GetParam());
  d->stream->expires_after((ssl_stream::duration::min)());
  EXPECT_EQ(d->stream->get(), eof);
  EXPECT_EQ(d->stream->error(), ssl_errc::timed_out) << d->stream->error().message();
}

TEST_P(limits, shutdown_write_that_timed_out_goes_on_when_it_is_repeated) {
  const auto d =
      in_conversation(GetParam(), [](connection_options& o) { o.write_timeout = minutes(1); });
  *d->stream << "last words";
  d->peer.block_output(5);
  d->stream->shutdown_write();
  EXPECT_EQ(d->stream->error(), ssl_errc::timed_out) << d->stream->error().message();
  EXPECT_FALSE(d->peer.got_close_notify());
  d->stream->clear();
  d->stream->shutdown_write();
  EXPECT_TRUE(d->stream->bad()) << "there is no room yet";
  d->stream->clear();
  d->peer.allow_output();
  d->stream->shutdown_write();
  EXPECT_TRUE(d->stream->good()) << d->stream->error().message();
  EXPECT_EQ(d->peer.received(), "last words");
  EXPECT_TRUE(d->peer.got_close_notify());
  EXPECT_EQ(d->wire->shutdowns, 1);
  d->stream->shutdown_write();
  EXPECT_TRUE(d->stream->good());
}

// However fast it comes, and whichever side has it ready.
TEST_P(limits, closing_takes_in_no_more_than_there_is_time_for) {
  const auto d = in_conversation(GetParam());
  constexpr std::size_t records = 600;
  for (std::size_t i = 0; i != records; ++i) d->peer.send(std::string(16384, 'x'));
  const std::uint64_t before = d->wire->bytes_read;
  d->stream->close();  // within no time at all
  EXPECT_LT(d->wire->bytes_read - before, records * 16384 / 4);
}

// However much output is held back.
TEST_P(limits, of_closing_hold_for_the_output_that_unwrap_sends_first) {
  const auto d = in_conversation(GetParam());
  d->peer.block_output();
  for (int i = 0; i != 78; ++i) *d->stream << std::string(1000, 'x');
  ASSERT_TRUE(d->stream->good());
  EXPECT_THROW(d->stream->unwrap(), ssl_error);
  EXPECT_EQ(d->stream->error(), ssl_errc::timed_out) << d->stream->error().message();
}

// As from a signal handler that has interrupted the wait: in old programs, it calls exit(), which destroys
// static streams. What is interrupted cannot end first.
TEST_P(limits, of_closing_hold_in_the_middle_of_a_wait_of_the_same_thread) {
  const auto d = in_conversation(
      GetParam(), [](connection_options& o) { o.close_timeout = std::chrono::milliseconds(100); });
  d->peer.on_wait = [&] { d->stream->close(); };
  *d->stream << "goodbye";
  EXPECT_EQ(d->stream->get(), eof);
  EXPECT_FALSE(d->stream->is_open());
  EXPECT_EQ(d->peer.received(), "goodbye");
  EXPECT_TRUE(d->peer.got_close_notify());
  d->peer.on_wait = nullptr;
}

// Likewise: no transport may do this by itself.
TEST_P(limits, of_closing_hold_in_the_middle_of_output_of_the_same_thread) {
  const auto d = in_conversation(
      GetParam(), [](connection_options& o) { o.close_timeout = std::chrono::milliseconds(100); });
  d->peer.block_output();
  d->peer.on_full = [&] { d->stream->close(); };
  *d->stream << "goodbye";
  EXPECT_FALSE(d->stream->flush());
  EXPECT_FALSE(d->stream->is_open());
  d->peer.on_full = nullptr;
}

TEST(callbacks, that_throw_are_a_failure_of_shutdown_write_like_any_other) {
  context_options options = client_options();
  options.verify_callback = [](const verify_event&) -> bool { throw std::runtime_error("mine"); };
  const auto peer = std::make_shared<immediate_peer>(server_peer());
  ssl_client_stream s(peer->make_transport(), options);
  EXPECT_NO_THROW(s.shutdown_write());
  EXPECT_TRUE(s.bad());
  EXPECT_EQ(s.error(), ssl_errc::handshake_failed) << s.error().message();
  s.clear();
  peer->cut();
}

}  // namespace
}  // namespace iostls
