// SPDX-License-Identifier: Apache-2.0
// Streams and buffers that change their place in mid-conversation.
#include <chrono>
#include <iomanip>
#include <memory>
#include <ostream>
#include <sstream>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <iostls/iostls.hpp>

#include "immediate_peer.hpp"

namespace iostls {
namespace {

using namespace test;
using ios = std::ios;

const variant any_variant{role::server, tls_version::tls1_3};

static_assert(std::is_nothrow_move_constructible<ssl_streambuf>::value, "buffers move safely");
static_assert(!std::is_copy_constructible<ssl_server_stream>::value, "streams are not copied");
static_assert(!std::is_copy_assignable<ssl_client_stream>::value, "streams are not copied");

// A conversation with bytes in both areas: "cdefgh" is there to be read, "uvw" waits to be sent.
struct talk_in_progress {
  explicit talk_in_progress(const std::string& mark = "") : talk(in_conversation(any_variant)) {
    talk->peer.send("abcdefgh" + mark);
    EXPECT_EQ(talk->stream->get(), 'a');
    EXPECT_EQ(talk->stream->get(), 'b');
    stream() << "uvw" << mark;
  }

  ssl_server_stream& stream() { return dynamic_cast<ssl_server_stream&>(*talk->stream); }
  immediate_peer& peer() { return talk->peer; }

  std::unique_ptr<duologue> talk;
};

std::string read_line(std::istream& in) {
  std::string line;
  std::getline(in, line);
  return line;
}

// The stream goes on with the conversation where it was.
void expect_to_go_on(std::iostream& s, immediate_peer& peer, const std::string& mark = "") {
  s.unget();
  EXPECT_EQ(s.get(), 'b');
  s << "xyz";
  peer.send(" and more\n");
  EXPECT_EQ(read_line(s), "cdefgh" + mark + " and more");
  s << std::flush;
  EXPECT_EQ(peer.take_received(), "uvw" + mark + "xyz");
  EXPECT_TRUE(s.good());
}

// Nothing but `closed` comes of any operation on the stream, and never an exception.
void expect_not_open(ssl_stream& s) {
  EXPECT_FALSE(s.is_open());
  EXPECT_EQ(s.rdbuf()->fd(), -1);
  EXPECT_EQ(s.std::ios::rdbuf(), s.rdbuf());
  const auto expect_bad = [&](auto operation) {
    s.clear();
    EXPECT_NO_THROW(operation());
    EXPECT_TRUE(s.bad());
    EXPECT_FALSE(s.eof());
    EXPECT_EQ(s.error(), ssl_errc::closed);
  };
  int n = -7;
  expect_bad([&] { s >> n; });
  EXPECT_EQ(n, -7);
  expect_bad([&] { s.get(); });
  expect_bad([&] { read_line(s); });
  expect_bad([&] { s << "x"; });
  expect_bad([&] { s << std::unitbuf << 1 << std::nounitbuf; });
  expect_bad([&] { s.flush(); });
  expect_bad([&] { s.shutdown_write(); });
  s.clear();
  s.close();
  EXPECT_EQ(s.rdstate(), ios::failbit);
}

TEST(a_moved_stream, goes_on_with_the_conversation) {
  talk_in_progress t;
  ssl_server_stream moved(std::move(t.stream()));
  EXPECT_TRUE(moved.is_open());
  EXPECT_EQ(moved.std::ios::rdbuf(), moved.rdbuf());
  EXPECT_EQ(t.peer().received(), "");
  expect_to_go_on(moved, t.peer());
}

TEST(a_moved_stream, takes_its_state_along) {
  talk_in_progress t;
  const auto when = std::chrono::steady_clock::now() + std::chrono::hours(1);
  std::ostringstream tied;
  t.stream().exceptions(ios::failbit);
  t.stream() << std::hex << std::setfill('*');
  t.stream().expires_at(when);
  t.stream().tie(&tied);
  ssl_server_stream moved(std::move(t.stream()));
  EXPECT_EQ(moved.exceptions(), ios::failbit);
  EXPECT_EQ(moved.flags() & ios::basefield, ios::hex);
  EXPECT_EQ(moved.fill(), '*');
  EXPECT_EQ(moved.expiry(), when);
  EXPECT_EQ(moved.tie(), &tied);
}

TEST(a_moved_stream, takes_its_latest_failure_along) {
  talk_in_progress t;
  t.peer().cut();
  t.stream().ignore(100);
  ssl_server_stream moved(std::move(t.stream()));
  EXPECT_TRUE(moved.bad());
  EXPECT_EQ(moved.error(), ssl_errc::truncated);
}

TEST(a_moved_stream, is_the_one_that_is_told_of_failures) {
  talk_in_progress t;
  ssl_server_stream moved(std::move(t.stream()));
  t.peer().cut();
  char block[10];
  EXPECT_EQ(moved.read(block, 10).rdstate(), ios::badbit);
  EXPECT_TRUE(t.stream().good());
}

TEST(a_moved_stream, may_be_moved_before_the_handshake) {
  duologue d(any_variant);
  ssl_server_stream moved(std::move(dynamic_cast<ssl_server_stream&>(*d.stream)));
  d.peer.send("hello\n");
  EXPECT_EQ(read_line(moved), "hello");
}

TEST(a_moved_stream, may_live_in_a_container) {
  std::vector<std::unique_ptr<talk_in_progress>> talks;
  std::vector<ssl_server_stream> streams;
  for (int i = 0; i != 10; ++i) {
    talks.push_back(std::make_unique<talk_in_progress>(std::to_string(i)));
    streams.push_back(std::move(talks.back()->stream()));
  }
  for (int i = 0; i != 10; ++i) {
    const auto n = static_cast<std::size_t>(i);
    expect_to_go_on(streams[n], talks[n]->peer(), std::to_string(i));
  }
}

TEST(a_moved_from_stream, is_not_open) {
  talk_in_progress t;
  {
    ssl_server_stream moved(std::move(t.stream()));
    expect_not_open(t.stream());
  }
  EXPECT_TRUE(t.peer().got_close_notify());
  expect_not_open(t.stream());
}

TEST(a_moved_from_stream, is_not_open_after_assignment_either) {
  talk_in_progress t;
  ssl_server_stream other;
  other = std::move(t.stream());
  expect_not_open(t.stream());
  expect_to_go_on(other, t.peer());
}

TEST(a_moved_from_stream, can_be_given_another_connection) {
  talk_in_progress first("first"), second("second");
  ssl_server_stream moved(std::move(first.stream()));
  first.stream() = std::move(second.stream());
  expect_to_go_on(first.stream(), second.peer(), "second");
  expect_to_go_on(moved, first.peer(), "first");
}

TEST(a_moved_from_stream, can_be_moved_from_again) {
  talk_in_progress t;
  ssl_server_stream moved(std::move(t.stream()));
  ssl_server_stream empty(std::move(t.stream()));
  expect_not_open(empty);
  expect_not_open(t.stream());
}

TEST(an_assigned_stream, closes_the_connection_it_had) {
  talk_in_progress first("first"), second("second");
  first.stream() = std::move(second.stream());
  EXPECT_EQ(first.peer().received(), "uvwfirst");
  EXPECT_TRUE(first.peer().got_close_notify());
  EXPECT_FALSE(second.peer().got_close_notify());
  expect_to_go_on(first.stream(), second.peer(), "second");
}

TEST(an_assigned_stream, is_the_one_that_is_told_of_failures) {
  talk_in_progress t;
  ssl_server_stream other;
  other = std::move(t.stream());
  t.peer().cut();
  char block[10];
  EXPECT_EQ(other.read(block, 10).rdstate(), ios::badbit);
}

TEST(an_assigned_stream, survives_being_assigned_itself) {
  talk_in_progress t;
  ssl_server_stream& same = t.stream();
  t.stream() = std::move(same);
  expect_to_go_on(t.stream(), t.peer());
}

TEST(swapped_streams, go_on_with_each_others_conversations) {
  talk_in_progress first("first"), second("second");
  swap(first.stream(), second.stream());
  EXPECT_EQ(first.stream().std::ios::rdbuf(), first.stream().rdbuf());
  expect_to_go_on(first.stream(), second.peer(), "second");
  expect_to_go_on(second.stream(), first.peer(), "first");
}

TEST(swapped_streams, swap_their_state) {
  talk_in_progress first, second;
  std::ostringstream tied;
  first.stream().setstate(ios::failbit);
  first.stream().exceptions(ios::eofbit);
  first.stream().tie(&tied);
  second.stream() << std::hex;
  first.stream().swap(second.stream());
  EXPECT_TRUE(first.stream().good());
  EXPECT_EQ(second.stream().rdstate(), ios::failbit);
  EXPECT_EQ(second.stream().exceptions(), ios::eofbit);
  EXPECT_EQ(second.stream().tie(), &tied);
  EXPECT_NE(first.stream().tie(), &tied);
  EXPECT_EQ(first.stream().flags() & ios::basefield, ios::hex);
}

TEST(swapped_streams, are_told_of_their_own_failures) {
  talk_in_progress first, second;
  swap(first.stream(), second.stream());
  first.peer().cut();
  char block[10];
  EXPECT_EQ(second.stream().read(block, 10).rdstate(), ios::badbit);
  EXPECT_TRUE(first.stream().good());
  int n = -7;
  second.stream().clear();
  second.stream().read(block, 6);
  EXPECT_TRUE(second.stream().good());
  EXPECT_NO_THROW(second.stream() >> n);
  EXPECT_TRUE(second.stream().bad());
  EXPECT_FALSE(second.stream().eof());
}

TEST(swapped_streams, may_be_not_open) {
  talk_in_progress t;
  ssl_server_stream other;
  swap(other, t.stream());
  expect_not_open(t.stream());
  expect_to_go_on(other, t.peer());
  swap(other, other);
  EXPECT_TRUE(other.is_open());
}

// The buffer of a stream may be exchanged beneath it; the stream is still told of its failures.
TEST(a_buffer_beneath_a_stream, may_be_swapped) {
  talk_in_progress first("first"), second("second");
  first.stream().rdbuf()->swap(*second.stream().rdbuf());
  expect_to_go_on(first.stream(), second.peer(), "second");
  expect_to_go_on(second.stream(), first.peer(), "first");
  second.peer().cut();
  first.stream() << std::unitbuf;
  second.peer().break_output(std::errc::broken_pipe);
  int n = -7;
  EXPECT_NO_THROW(first.stream() >> n);
  EXPECT_TRUE(first.stream().bad());
  EXPECT_FALSE(first.stream().eof());
  EXPECT_TRUE(second.stream().good());
}

TEST(a_buffer_beneath_a_stream, may_be_replaced) {
  talk_in_progress first("first"), second("second");
  ssl_streambuf taken(std::move(*second.stream().rdbuf()));
  *first.stream().rdbuf() = std::move(taken);
  EXPECT_TRUE(first.peer().got_close_notify());
  expect_to_go_on(first.stream(), second.peer(), "second");
  second.peer().break_output(std::errc::broken_pipe);
  first.stream() << std::unitbuf;
  EXPECT_NO_THROW(first.stream() << "x");
  EXPECT_TRUE(first.stream().bad());
}

TEST(a_bare_buffer, goes_on_where_it_is_moved) {
  talk_in_progress t;
  ssl_streambuf moved(std::move(*t.stream().rdbuf()));
  EXPECT_FALSE(t.stream().is_open());
  std::iostream s(&moved);
  expect_to_go_on(s, t.peer());
  t.peer().cut();
  EXPECT_THROW(moved.sgetc(), ssl_error);
  EXPECT_TRUE(t.stream().good());
}

}  // namespace
}  // namespace iostls
