// SPDX-License-Identifier: Apache-2.0
// Lines with a bound, of any stream.
#include <chrono>
#include <sstream>
#include <stdexcept>
#include <streambuf>
#include <string>

#include <gtest/gtest.h>
#include <iostls/iostls.hpp>

#include "immediate_peer.hpp"

namespace iostls {
namespace {

using namespace test;
using ios = std::ios;

struct outcome {
  std::string line;
  ios::iostate bits = ios::goodbit;
  std::string rest;
};

bool operator==(const outcome& a, const outcome& b) {
  return a.line == b.line && a.bits == b.bits && a.rest == b.rest;
}
void PrintTo(const outcome& o, std::ostream* out) {
  *out << '"' << o.line << "\" " << static_cast<int>(o.bits) << " \"" << o.rest << '"';
}

template <class Read>
outcome outcome_of(const std::string& text, Read read) {
  std::istringstream in(text);
  outcome o;
  o.line = "before";
  read(in, o.line);
  o.bits = in.rdstate();
  in.clear();
  o.rest.assign(std::istreambuf_iterator<char>(in), {});
  return o;
}

TEST(bounded_getline, is_std_getline_where_lines_are_short_enough) {
  for (const char* const text :
       {"", "\n", "a", "a\n", "abc\ndef", "abc\n\n", "\n\n", "ab cd\r\nx"}) {
    const outcome expected =
        outcome_of(text, [](std::istream& in, std::string& line) { std::getline(in, line); });
    for (const std::size_t max : {std::size_t{6}, std::size_t{7}, std::size_t(-1)}) {
      EXPECT_EQ(outcome_of(text, [&](std::istream& in, std::string& l) { getline(in, l, max); }),
                expected)
          << text;
    }
  }
}

TEST(bounded_getline, leaves_the_rest_of_a_longer_line_unread) {
  const auto three = [](std::istream& in, std::string& line) { iostls::getline(in, line, 3); };
  const auto none = [](std::istream& in, std::string& line) { iostls::getline(in, line, 0); };
  EXPECT_EQ(outcome_of("abc\nx", three), (outcome{"abc", ios::goodbit, "x"}));
  EXPECT_EQ(outcome_of("abc", three), (outcome{"abc", ios::eofbit, ""}));
  EXPECT_EQ(outcome_of("abcd\nx", three), (outcome{"abc", ios::failbit, "d\nx"}));
  EXPECT_EQ(outcome_of("\nx", none), (outcome{"", ios::goodbit, "x"}));
  EXPECT_EQ(outcome_of("x", none), (outcome{"", ios::failbit, "x"}));
}

TEST(bounded_getline, leaves_the_line_alone_where_the_stream_is_not_good) {
  std::istringstream in("abc\n");
  in.setstate(ios::eofbit);
  std::string line = "before";
  EXPECT_FALSE(iostls::getline(in, line, 10));
  EXPECT_EQ(line, "before");
}

TEST(bounded_getline, throws_what_exceptions_asks_for) {
  std::istringstream in("abcdef\n");
  in.exceptions(ios::failbit);
  std::string line;
  EXPECT_THROW(iostls::getline(in, line, 3), ios::failure);
  EXPECT_EQ(line, "abc");
}

// Throws something else than an exception of the standard library.
class broken_buffer final : public std::streambuf {
  int_type underflow() override { throw 7; }
};

TEST(bounded_getline, tells_of_a_buffer_that_throws) {
  broken_buffer buffer;
  std::istream in(&buffer);
  std::string line;
  EXPECT_NO_THROW(iostls::getline(in, line, 3));
  EXPECT_EQ(in.rdstate(), ios::badbit);
  in.clear();
  in.exceptions(ios::badbit);
  EXPECT_THROW(iostls::getline(in, line, 3), int);
}

TEST(bounded_getline, takes_no_delimiter_for_a_bound) {
  std::istringstream in("a,b\n");
  std::string line;
  using iostls::getline;
  using std::getline;
  EXPECT_TRUE(getline(in, line, ','));
  EXPECT_EQ(line, "a");
  EXPECT_TRUE(getline(in, line, 5));
  EXPECT_EQ(line, "b");
}

TEST(bounded_getline, reads_from_a_connection_and_tells_how_it_failed) {
  for (const tls_version v : {tls_version::tls1_2, tls_version::tls1_3}) {
    const auto d = in_conversation({role::server, v});
    d->peer.send("one\r\n" + std::string(5000, 'x'));
    std::string line;
    EXPECT_TRUE(getline(*d->stream, line, 4000));
    EXPECT_EQ(line, "one\r");
    EXPECT_FALSE(getline(*d->stream, line, 4000));
    EXPECT_EQ(line, std::string(4000, 'x'));
    EXPECT_EQ(d->stream->rdstate(), ios::failbit);
    EXPECT_FALSE(d->stream->error());
    d->stream->clear();
    d->peer.cut();
    EXPECT_FALSE(getline(*d->stream, line, 4000));
    EXPECT_EQ(line, std::string(1000, 'x'));
    EXPECT_EQ(d->stream->rdstate(), ios::badbit);
    EXPECT_EQ(d->stream->error(), ssl_errc::truncated);
    d->stream->exceptions(ios::goodbit);
    d->stream->clear();
    d->stream->exceptions(ios::badbit);
    EXPECT_THROW(getline(*d->stream, line, 4000), ssl_error);
  }
}

}  // namespace
}  // namespace iostls
