// SPDX-License-Identifier: Apache-2.0
// The stream as a std::iostream: the same as any other, and what one does with network streams.
#include <functional>
#include <iomanip>
#include <iterator>
#include <limits>
#include <locale>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <iostls/iostls.hpp>

#include "immediate_peer.hpp"

namespace iostls {
namespace {

using namespace test;
using ios = std::ios;

// Valgrind computes in 64 bits what some processors do in 80: what a stringstream cannot carry there
// is no fault of ours.
bool survives_a_stringstream(long double value) {
  std::stringstream s;
  long double got = 0;
  return s << std::setprecision(40) << value && s >> got && got == value;
}

class iostream : public testing::TestWithParam<variant> {
 protected:
  iostream() : talk(in_conversation(GetParam())) {}

  // What was written comes back.
  void echo() {
    stream.flush();
    peer.send(peer.take_received());
  }

  template <class T>
  void expect_round_trip(const std::vector<T>& values) {
    for (const T& v : values) stream << std::setprecision(40) << v << '\n';
    echo();
    for (const T& v : values) {
      T got = T();
      EXPECT_TRUE(stream >> got) << v;
      EXPECT_EQ(got, v);
    }
  }

  template <class T>
  void expect_numbers_round_trip() {
    using limits = std::numeric_limits<T>;
    expect_round_trip<T>({T(0), T(1), T(42), limits::lowest(), (limits::max)(), (limits::min)()});
  }

  void expect_long_doubles_round_trip() {
    using limits = std::numeric_limits<long double>;
    std::vector<long double> values{0, 1, 42};
    for (const long double v : {limits::lowest(), (limits::max)(), (limits::min)()}) {
      if (survives_a_stringstream(v)) values.push_back(v);
    }
    expect_round_trip<long double>(values);
  }

  const std::unique_ptr<duologue> talk;
  immediate_peer& peer = talk->peer;
  ssl_stream& stream = *talk->stream;
};

INSTANTIATE_TEST_SUITE_P(, iostream, all_variants(), variant_name);

TEST_P(iostream, carries_numbers_of_all_types) {
  expect_numbers_round_trip<short>();
  expect_numbers_round_trip<unsigned short>();
  expect_numbers_round_trip<int>();
  expect_numbers_round_trip<unsigned>();
  expect_numbers_round_trip<long>();
  expect_numbers_round_trip<unsigned long>();
  expect_numbers_round_trip<long long>();
  expect_numbers_round_trip<unsigned long long>();
  expect_numbers_round_trip<float>();
  expect_numbers_round_trip<double>();
  expect_long_doubles_round_trip();
}

TEST_P(iostream, carries_what_is_no_number) {
  int here = 0;
  expect_round_trip<bool>({true, false});
  expect_round_trip<char>({'a', '!', '0'});
  expect_round_trip<std::string>({"word", std::string(50000, 'w'), "\xC3\xA9"});
  expect_round_trip<void*>({&here, &stream});
  stream << std::boolalpha << std::hex << std::showbase;
  stream >> std::boolalpha >> std::hex;
  expect_round_trip<bool>({true, false});
  expect_round_trip<int>({0, 255, 65536});
}

// Writes with all that an ostream has.
void write_all(std::ostream& out) {
  const char* const text = "text";
  out << 1 << ' ' << -2L << std::hex << std::uppercase << 48879 << std::oct << 8 << std::dec;
  out << std::setw(10) << std::setfill('*') << 42 << std::left << std::setw(6) << text << '|';
  out << std::fixed << std::setprecision(3) << 3.14159 << std::scientific << 1e100 << 1.5f;
  out << std::boolalpha << true << false << std::showpos << 7 << std::endl << std::ends;
  out.put('p').write("with\0nul", 8) << std::string("string") << static_cast<const void*>(nullptr);
  std::istringstream source("from a buffer");
  out << source.rdbuf() << std::flush;
  std::copy_n("iterated", 8, std::ostreambuf_iterator<char>(out));
  out << std::string(100000, '=') << std::put_money("123") << std::quoted("a \"b\"");
}

TEST_P(iostream, formats_as_a_string_stream_does) {
  for (const int area : {0, 1, 7, 16384}) {
    SCOPED_TRACE(area);
    duologue d(GetParam());
    d.buffer().pubsetbuf(nullptr, area);
    std::ostringstream expected;
    write_all(*d.stream);
    write_all(expected);
    d.stream->flush();
    EXPECT_TRUE(d.stream->good());
    EXPECT_EQ(d.peer.received(), expected.str());
  }
}

// A step of reading, and what it read.
using reading = std::function<std::string(std::istream&)>;

template <class T>
std::string extracted(std::istream& in) {
  T value = T();
  in >> value;
  std::ostringstream text;
  text << value;
  return text.str();
}

// Of words, lines and blocks.
std::vector<reading> readings_of_text() {
  return {
      extracted<int>,
      extracted<unsigned long>,
      extracted<double>,
      extracted<std::string>,
      extracted<char>,
      extracted<bool>,
      [](std::istream& in) {
        std::string l;
        std::getline(in, l);
        return l;
      },
      [](std::istream& in) {
        std::string l;
        std::getline(in, l, ',');
        return l;
      },
      [](std::istream& in) { return std::to_string(in.get()); },
      [](std::istream& in) { return std::to_string(in.peek()); },
      [](std::istream& in) {
        in.ignore(3);
        return std::to_string(in.gcount());
      },
      [](std::istream& in) {
        in.ignore(50, 'e');
        return std::to_string(in.gcount());
      },
      [](std::istream& in) {
        char block[8] = {};
        in.read(block, 7);
        return std::string(block, static_cast<std::size_t>(in.gcount()));
      },
      [](std::istream& in) {
        char block[8] = {};
        in.get(block, 8);
        return std::string(block);
      },
      [](std::istream& in) {
        char block[8] = {};
        in.getline(block, 8);
        return std::string(block);
      },
      [](std::istream& in) {
        char block[8] = {};
        in >> std::setw(4) >> block;
        return std::string(block);
      },
  };
}

// Of what depends on the stream's state or changes it.
std::vector<reading> readings_of_state() {
  return {
      [](std::istream& in) {
        in >> std::noskipws;
        std::string s = extracted<char>(in);
        in >> std::skipws;
        return s;
      },
      [](std::istream& in) {
        in.get();
        in.unget();
        return std::to_string(in.get());
      },
      [](std::istream& in) {
        const int c = in.get();
        in.putback(static_cast<char>(c));
        return std::to_string(c);
      },
      [](std::istream& in) {
        in >> std::ws;
        return std::string();
      },
      [](std::istream& in) {
        std::stringbuf b;
        in.get(b, ';');
        return b.str();
      },
      [](std::istream& in) {
        in >> std::hex;
        std::string s = extracted<int>(in);
        in >> std::dec;
        return s;
      },
      [](std::istream& in) {
        in.clear();
        return std::string();
      },
  };
}

const std::vector<reading>& readings() {
  static const std::vector<reading> all = [] {
    std::vector<reading> joined = readings_of_text();
    for (const reading& r : readings_of_state()) joined.push_back(r);
    return joined;
  }();
  return all;
}

// Does `count` steps that the seed chooses, and returns what came of each.
std::string transcript(std::istream& in, unsigned seed, int count) {
  std::ostringstream told;
  for (int i = 0; i != count; ++i) {
    seed = seed * 1103515245u + 12345u;
    const std::size_t which = seed / 65536u % readings().size();
    const std::string read = readings()[which](in);
    told << which << ":" << read << ":" << in.rdstate() << "\n";
    if (in.fail() && !in.eof()) in.clear();
  }
  return told.str();
}

TEST_P(iostream, reads_as_a_string_stream_does) {
  const std::string text =
      "  12 -7 0x1f 3.5e2 1 word\n\nline two\r\nx,y,z;  tail of it\t99999999999999999999 end "
      "of, many; 1 2 3 4 5 6 7 8 9 10 11 e e e ,,, ;;; last line without a newline";
  for (unsigned seed = 0; seed != 100; ++seed) {
    std::istringstream like(text);
    duologue d(GetParam());
    d.peer.send_in_records(text, seed % 20 + 1);
    d.stream->do_handshake();
    d.peer.close_notify();
    ASSERT_EQ(transcript(*d.stream, seed, 60), transcript(like, seed, 60)) << "seed " << seed;
    ASSERT_FALSE(d.stream->error());
  }
}

TEST_P(iostream, what_cannot_be_sent_does_not_keep_one_from_reading) {
  peer.break_output(std::errc::broken_pipe);
  peer.on_wait = [&] { peer.send("last words\n"); };
  stream << "question\n";
  std::string line;
  EXPECT_TRUE(std::getline(stream, line));
  EXPECT_EQ(line, "last words");
  EXPECT_EQ(stream.error(), std::errc::broken_pipe);
  stream << "another";
  EXPECT_TRUE(stream.bad());
}

TEST_P(iostream, writes_after_the_end_of_input) {
  peer.send("request");
  peer.close_notify();
  std::string request;
  stream >> request;
  EXPECT_TRUE(stream.eof());
  stream << "suppressed, as the stream has one state for both ways" << std::flush;
  EXPECT_EQ(peer.received(), "");
  stream.clear();
  stream << "reply" << std::flush;
  EXPECT_EQ(peer.received(), "reply");
}

TEST_P(iostream, the_views_of_a_stream_have_a_state_each) {
  peer.send("request");
  peer.close_notify();
  ssl_duplex views(stream);
  std::string request;
  views.in() >> request;
  EXPECT_TRUE(views.in().eof());
  EXPECT_TRUE(views.out() << "reply" << std::flush);
  EXPECT_EQ(peer.received(), "reply");
}

TEST_P(iostream, a_stream_that_was_never_opened_says_so) {
  ssl_server_stream server;
  ssl_client_stream client;
  for (ssl_stream* const s :
       {static_cast<ssl_stream*>(&server), static_cast<ssl_stream*>(&client)}) {
    EXPECT_TRUE(s->good());
    EXPECT_FALSE(s->is_open());
    EXPECT_FALSE(s->error());
    EXPECT_EQ(s->last_error(), nullptr);
    EXPECT_EQ(s->rdbuf()->fd(), -1);
    EXPECT_EQ(s->std::ios::rdbuf(), s->rdbuf());
    s->cancel();
    EXPECT_THROW(s->do_handshake(), ssl_error);
    EXPECT_TRUE(s->bad());
    s->clear();
    EXPECT_THROW(s->info(), ssl_error);
    s->clear();
    s->close();
    EXPECT_EQ(s->rdstate(), ios::failbit);
    s->clear();
    s->shutdown_write();
    EXPECT_TRUE(s->bad());
    EXPECT_EQ(s->error(), ssl_errc::closed);
  }
}

}  // namespace
}  // namespace iostls
