// SPDX-License-Identifier: Apache-2.0
// unitbuf: everything goes out at once, and a failure to do so comes up in a destructor of the
// standard library, where an exception would end the program.
#include <memory>
#include <ostream>
#include <stdexcept>
#include <string>

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

}  // namespace
}  // namespace iostls
