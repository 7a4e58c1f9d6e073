// SPDX-License-Identifier: Apache-2.0
// Output that a destructor sends: that of a stream with unitbuf, of an archive, of a filter. A failure
// comes up there, where an exception would end the program.
#include <memory>
#include <ostream>
#include <stdexcept>
#include <string>
#include <utility>

#include <gtest/gtest.h>
#include <iostls/iostls.hpp>

#include "immediate_peer.hpp"

namespace iostls {
namespace {

using namespace test;
using ios = std::ios;

class unitbuf : public testing::TestWithParam<variant> {
 protected:
  unitbuf() : talk(in_conversation(GetParam())) {}

  static void write_each_way(std::ostream& out) {
    out << 1;
    out << "text" << std::string("string") << 'c';
    out.put('x');
    out.write("block", 5);
    out << std::flush;
  }

  // Neither the program ends, nor does the failure stay unknown.
  static void expect_told(ssl_stream& s, std::error_code kind) {
    s.clear();
    s.exceptions(ios::goodbit);
    EXPECT_NO_THROW(write_each_way(s << std::unitbuf));
    EXPECT_TRUE(s.bad());
    EXPECT_EQ(s.error(), kind);
    s.clear();
    s.exceptions(ios::badbit);
    EXPECT_THROW(for (int i = 0; i != 3; ++i) write_each_way(s), ssl_error);
    EXPECT_TRUE(s.bad());
    s.exceptions(ios::goodbit);
  }

  const std::unique_ptr<duologue> talk;
  immediate_peer& peer = talk->peer;
  ssl_stream& stream = *talk->stream;
};

INSTANTIATE_TEST_SUITE_P(, unitbuf, all_variants(), variant_name);

TEST_P(unitbuf, sends_each_output_at_once) {
  stream << std::unitbuf << "a";
  EXPECT_EQ(peer.take_received(), "a");
  stream << 1 << 2;
  EXPECT_EQ(peer.new_records(), 3);
  stream << std::nounitbuf << 3;
  EXPECT_EQ(peer.new_records(), 0);
}

TEST_P(unitbuf, tells_of_a_peer_that_has_gone) {
  peer.break_output(std::errc::broken_pipe);
  expect_told(stream, std::make_error_code(std::errc::broken_pipe));
}

TEST_P(unitbuf, tells_of_a_peer_that_has_gone_where_badbit_throws_from_the_start) {
  peer.break_output(std::errc::broken_pipe);
  stream.exceptions(ios::badbit);
  stream << std::unitbuf;
  EXPECT_THROW(for (int i = 0; i != 3; ++i) stream << i, ssl_error);
  EXPECT_TRUE(stream.bad());
}

TEST_P(unitbuf, tells_of_a_failed_handshake) {
  duologue d(GetParam());
  d.wire->on_read = from_call(0, fault::ended());
  expect_told(*d.stream, ssl_errc::handshake_failed);
}

TEST_P(unitbuf, tells_that_the_stream_is_closed) {
  stream.close();
  expect_told(stream, ssl_errc::closed);
}

TEST_P(unitbuf, tells_that_the_stream_was_never_opened) {
  ssl_client_stream unopened;
  expect_told(unopened, ssl_errc::closed);
}

TEST_P(unitbuf, tells_of_a_timeout_and_sends_the_rest_later) {
  for (const ios::iostate mask : {ios::goodbit, ios::badbit}) {
    stream.exceptions(mask);
    stream << std::unitbuf;
    peer.block_output();
    stream.expires_after(std::chrono::seconds(0));
    EXPECT_NO_THROW(stream << "a");
    EXPECT_EQ(stream.bad(), mask == ios::goodbit);
    EXPECT_EQ(stream.error(), ssl_errc::timed_out);
    peer.allow_output();
    stream.clear();
    stream.expires_never();
    EXPECT_TRUE(stream << "b");
    EXPECT_EQ(peer.take_received(), "ab");
  }
}

TEST_P(unitbuf, a_failing_flush_while_an_exception_is_under_way_ends_nothing) {
  peer.break_output(std::errc::broken_pipe);
  stream << std::unitbuf;
  struct writer {
    ssl_stream& s;
    ~writer() { s << "last words"; }
  };
  EXPECT_THROW(
      {
        const writer w{stream};
        throw std::runtime_error("something else");
      },
      std::runtime_error);
}

// What archives and filters do with the buffer that they are given.
struct synchronising {
  std::streambuf& buffer;
  int& result;
  ~synchronising() { result = buffer.pubsync(); }
};

int synchronised(std::streambuf& buffer) {
  int result = 0;
  { const synchronising s{buffer, result}; }
  return result;
}

TEST_P(unitbuf, of_a_stream_that_is_not_ours_is_told_by_its_badbit) {
  std::ostream foreign(stream.rdbuf());
  foreign << std::unitbuf;
  peer.break_output(std::errc::broken_pipe);
  EXPECT_NO_THROW(write_each_way(foreign));
  EXPECT_TRUE(foreign.bad());
  EXPECT_EQ(stream.error(), std::errc::broken_pipe);
}

TEST_P(unitbuf, of_a_stream_on_a_bare_buffer_is_told_by_its_badbit) {
  ssl_streambuf bare(std::move(*stream.rdbuf()));
  std::ostream foreign(&bare);
  foreign << std::unitbuf;
  peer.break_output(std::errc::broken_pipe);
  EXPECT_NO_THROW(write_each_way(foreign));
  EXPECT_TRUE(foreign.bad());
  EXPECT_EQ(bare.error(), std::errc::broken_pipe);
}

TEST_P(unitbuf, a_destructor_that_synchronises_is_told_by_the_result) {
  stream << "some text";
  peer.break_output(std::errc::broken_pipe);
  EXPECT_EQ(synchronised(*stream.rdbuf()), -1);
  EXPECT_EQ(stream.error(), std::errc::broken_pipe);
  EXPECT_EQ(synchronised(*stream.rdbuf()), -1);
  ssl_streambuf unopened;
  EXPECT_EQ(synchronised(unopened), -1);
  EXPECT_EQ(unopened.error(), ssl_errc::closed);
}

// Only what std::ostream::flush() asks for is caught there.
TEST_P(unitbuf, a_destructor_that_synchronises_is_told_by_the_result_even_where_badbit_throws) {
  stream.exceptions(ios::badbit);
  stream << "some text";
  peer.break_output(std::errc::broken_pipe);
  EXPECT_EQ(synchronised(*stream.rdbuf()), -1);
  EXPECT_TRUE(stream.bad());
  stream.clear();
  EXPECT_THROW(stream.flush(), ssl_error);
  stream.clear();
  EXPECT_THROW(stream << std::endl, ssl_error);
}

TEST_P(unitbuf, of_a_stream_that_is_not_ours_ends_nothing_where_badbit_throws_in_ours) {
  stream.exceptions(ios::badbit);
  std::ostream foreign(stream.rdbuf());
  foreign << std::unitbuf;
  peer.break_output(std::errc::broken_pipe);
  EXPECT_NO_THROW(write_each_way(foreign));
  EXPECT_TRUE(foreign.bad());
  EXPECT_EQ(stream.error(), std::errc::broken_pipe);
}

TEST_P(unitbuf, a_destructor_that_synchronises_while_an_exception_is_under_way_ends_nothing) {
  stream.exceptions(ios::badbit);
  stream << "some text";
  peer.break_output(std::errc::broken_pipe);
  int result = 0;
  const auto leave = [&] {
    const synchronising s{*stream.rdbuf(), result};
    throw std::runtime_error("something else");
  };
  EXPECT_THROW(leave(), std::runtime_error);
  EXPECT_EQ(result, -1);
  EXPECT_EQ(stream.error(), std::errc::broken_pipe);
}

}  // namespace
}  // namespace iostls
