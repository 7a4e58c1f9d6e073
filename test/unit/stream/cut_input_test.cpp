// SPDX-License-Identifier: Apache-2.0
// Input that breaks off: at, before and within what an operation reads, and where there is no
// stream to be told.
#include <functional>
#include <iterator>
#include <memory>
#include <ostream>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <iostls/iostls.hpp>

#include "immediate_peer.hpp"

namespace iostls {
namespace {

using namespace test;
using traits = std::char_traits<char>;

const variant any_variant{role::server, tls_version::tls1_3};

// What has been read before the operation in question, up to the last character of `text`.
struct prelude {
  const char* name;
  std::string text;
  std::function<void(std::istream&)> run;
};
void PrintTo(const prelude& p, std::ostream* out) { *out << p.name; }

const std::vector<prelude>& preludes() {
  static const std::vector<prelude> all = {
      {"nothing", "", [](std::istream&) {}},
      {"getline", "a line\n",
       [](std::istream& in) {
         std::string l;
         std::getline(in, l);
       }},
      {"empty_line", "\n",
       [](std::istream& in) {
         std::string l;
         std::getline(in, l);
       }},
      {"get", "x", [](std::istream& in) { in.get(); }},
      {"get_space", " ", [](std::istream& in) { in.get(); }},
      {"read", "abc",
       [](std::istream& in) {
         char b[3];
         in.read(b, 3);
       }},
      {"large_read", numbered_bytes(20000),
       [](std::istream& in) {
         std::string b(20000, '\0');
         in.read(&b[0], 20000);
       }},
      {"ignore", "ab,", [](std::istream& in) { in.ignore(100, ','); }},
      {"peek", "x",
       [](std::istream& in) {
         in.peek();
         in.get();
       }},
      {"unget", "xy",
       [](std::istream& in) {
         in.get();
         in.get();
         in.unget();
         in.get();
       }},
      {"word", "word ",
       [](std::istream& in) {
         std::string w;
         in >> w;
         in.get();
       }},
      {"number", "12 ",
       [](std::istream& in) {
         int n = 0;
         in >> n;
         in.get();
       }},
      {"character", "x",
       [](std::istream& in) {
         char c = 0;
         in >> c;
       }},
  };
  return all;
}

// Reads a value whose type it knows; false if the variable was touched.
struct extraction {
  const char* name;
  std::function<bool(std::istream&)> untouched_by;
};

template <class T>
extraction extract(const char* name, const T& before) {
  return {name, [before](std::istream& in) {
            T value = before;
            in >> value;
            return value == before;
          }};
}

const std::vector<extraction>& extractions() {
  static const std::vector<extraction> all = {
      extract<int>("int", -7),           extract<double>("double", -7.5),
      extract<bool>("bool", true),       extract<unsigned long long>("unsigned long long", 7),
      extract<char>("char", '#'),        extract<std::string>("string", "before"),
      extract<void*>("pointer", nullptr)};
  return all;
}

// The cut is here: the operation must not let an exception out, nor take it for an end.
void expect_cut(const extraction& e, std::istream& in, ssl_stream& stream) {
  EXPECT_NO_THROW(EXPECT_TRUE(e.untouched_by(in)) << e.name) << e.name;
  EXPECT_TRUE(in.bad()) << e.name;
  EXPECT_FALSE(in.eof()) << e.name;
  EXPECT_EQ(stream.error(), ssl_errc::truncated) << e.name;
}

class cut_after : public testing::TestWithParam<prelude> {
 protected:
  // Where the stream has read the prelude, and the blanks and the cut are next.
  static std::unique_ptr<duologue> talk(const std::string& blanks, std::size_t record_size) {
    auto d = in_conversation(any_variant);
    d->peer.send_in_records(GetParam().text, 16384);
    d->peer.send_in_records(blanks, record_size);
    d->peer.cut();
    GetParam().run(*d->stream);
    EXPECT_TRUE(d->stream->good());
    return d;
  }
};

INSTANTIATE_TEST_SUITE_P(, cut_after, testing::ValuesIn(preludes()),
                         [](const auto& info) { return info.param.name; });

TEST_P(cut_after, a_value_that_never_begins_is_bad_and_no_exception) {
  for (const std::string& blanks : {std::string(), std::string(" "), std::string(20, '\n')}) {
    for (const std::size_t record_size : {1u, 3u, 16384u}) {
      for (const extraction& e : extractions()) {
        const auto d = talk(blanks, record_size);
        expect_cut(e, *d->stream, *d->stream);
      }
    }
  }
}

TEST_P(cut_after, a_number_that_is_not_complete_is_not_stored) {
  for (const std::size_t record_size : {1u, 16384u}) {
    const auto d = talk(" \n 123", record_size);
    int n = -7;
    EXPECT_NO_THROW(*d->stream >> n);
    EXPECT_EQ(n, -7);
    EXPECT_TRUE(d->stream->bad());
    EXPECT_FALSE(d->stream->eof());
  }
}

TEST_P(cut_after, what_is_complete_is_read) {
  for (const std::size_t record_size : {1u, 16384u}) {
    const auto d = talk(" \n 123 word ", record_size);
    int n = -7;
    std::string word;
    EXPECT_TRUE(*d->stream >> n >> word);
    EXPECT_EQ(n, 123);
    EXPECT_EQ(word, "word");
    expect_cut(extractions().front(), *d->stream, *d->stream);
  }
}

TEST_P(cut_after, the_failure_itself_is_thrown_where_badbit_throws) {
  for (const std::string& blanks : {std::string(), std::string(20, ' ')}) {
    for (const extraction& e : extractions()) {
      const auto d = talk(blanks, 7);
      d->stream->exceptions(std::ios::badbit);
      try {
        e.untouched_by(*d->stream);
        ADD_FAILURE() << e.name << ": nothing was thrown";
      } catch (const ssl_error& failure) {
        EXPECT_EQ(failure.code(), ssl_errc::truncated);
      }
      EXPECT_TRUE(d->stream->bad());
      EXPECT_FALSE(d->stream->eof());
    }
  }
}

TEST_P(cut_after, a_failure_remains_one_after_clear) {
  for (const extraction& e : extractions()) {
    const auto d = talk(" ", 16384);
    for (int i = 0; i != 3; ++i) {
      expect_cut(e, *d->stream, *d->stream);
      d->stream->clear();
    }
  }
}

TEST_P(cut_after, is_told_also_where_another_stream_is_tied) {
  for (const extraction& e : extractions()) {
    std::ostringstream other;
    const auto d = talk(" ", 16384);
    d->stream->tie(&other);
    expect_cut(e, *d->stream, *d->stream);
  }
}

TEST_P(cut_after, is_told_also_to_a_stream_that_was_moved) {
  for (const extraction& e : extractions()) {
    const auto d = talk(" ", 16384);
    ssl_server_stream moved(std::move(dynamic_cast<ssl_server_stream&>(*d->stream)));
    expect_cut(e, moved, moved);
  }
}

TEST_P(cut_after, is_told_also_to_the_view_of_a_stream) {
  for (const extraction& e : extractions()) {
    const auto d = talk(" ", 16384);
    ssl_duplex views(*d->stream);
    expect_cut(e, views.in(), *d->stream);
    EXPECT_TRUE(views.out().good());
  }
}

TEST_P(cut_after, is_thrown_by_an_iterator_whatever_the_stream_did_before) {
  for (const bool look : {false, true}) {
    const auto d = talk("  ", 1);
    if (look) {
      EXPECT_GE(d->buffer().in_avail(), 0);
    }
    std::istreambuf_iterator<char> i(d->stream->rdbuf());
    EXPECT_THROW(std::string(i, {}), ssl_error);
    d->stream->clear();
    d->stream->close();
    EXPECT_THROW(d->buffer().sbumpc(), ssl_error);
  }
}

// Below, nobody but the caller of the buffer can be told.

TEST(cut_input, is_thrown_by_an_iterator) {
  for (const std::string& text : {std::string(), std::string("a b c"), std::string(30000, 'x')}) {
    const auto d = in_conversation(any_variant);
    d->peer.send_in_records(text, 16384);
    d->peer.cut();
    std::string got;
    try {
      std::istreambuf_iterator<char> i(*d->stream);
      for (; i != std::istreambuf_iterator<char>(); ++i) got += *i;
      ADD_FAILURE() << "the cut was taken for the end";
    } catch (const std::ios_base::failure& e) {
      EXPECT_EQ(e.code(), ssl_errc::truncated);
      EXPECT_NE(dynamic_cast<const ssl_error*>(&e), nullptr);
    }
    EXPECT_EQ(got, text);
  }
}

TEST(cut_input, is_thrown_by_an_iterator_after_a_block_that_had_to_be_waited_for) {
  const auto d = in_conversation(any_variant);
  d->peer.send("          ");
  d->stream->get();
  d->peer.on_wait = [&] { d->peer.send_in_records(std::string(20000, ' '), 16384); };
  std::string block(20009, '#');
  d->stream->read(&block[0], static_cast<std::streamsize>(block.size()));
  EXPECT_EQ(block, std::string(20009, ' '));
  d->peer.on_wait = [&] { d->peer.cut(); };
  EXPECT_THROW(d->buffer().snextc(), ssl_error);
  std::istreambuf_iterator<char> i(d->stream->rdbuf());
  EXPECT_THROW(std::string(i, {}), ssl_error);
}

TEST(cut_input, of_a_copy_between_streams_is_told_by_error) {
  for (const std::size_t size : {5u, 30000u}) {
    const auto d = in_conversation(any_variant);
    const std::string sent = numbered_bytes(size);
    d->peer.send_in_records(sent, 16384);
    d->peer.cut();
    std::ostringstream copy;
    EXPECT_NO_THROW(copy << d->stream->rdbuf());
    EXPECT_EQ(copy.str(), sent);
    EXPECT_TRUE(copy.fail());
    EXPECT_EQ(d->stream->error(), ssl_errc::truncated);
    ASSERT_NE(d->stream->last_error(), nullptr);
  }
}

TEST(cut_input, of_a_complete_copy_is_no_failure) {
  const auto d = in_conversation(any_variant);
  const std::string sent = numbered_bytes(30000);
  d->peer.send_in_records(sent, 16384);
  d->peer.close_notify();
  std::ostringstream copy;
  EXPECT_TRUE(copy << d->stream->rdbuf());
  EXPECT_EQ(copy.str(), sent);
  EXPECT_FALSE(d->stream->error());
}

TEST(cut_input, of_an_extraction_into_a_buffer_is_bad) {
  const auto d = in_conversation(any_variant);
  d->peer.send("hello");
  d->peer.cut();
  std::ostringstream copy;
  EXPECT_NO_THROW(*d->stream >> copy.rdbuf());
  EXPECT_EQ(copy.str(), "hello");
  EXPECT_EQ(d->stream->error(), ssl_errc::truncated);
  EXPECT_FALSE(d->stream->eof());
}

}  // namespace
}  // namespace iostls
