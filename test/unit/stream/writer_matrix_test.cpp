// SPDX-License-Identifier: Apache-2.0
// Every way to write, through everything that may stand above a connection that takes no more: badbit
// is set, that of the connection's own stream too, and nothing is thrown that was not asked for.
#include <functional>
#include <iostream>
#include <memory>
#include <ostream>
#include <sstream>
#include <string>
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

struct writing {
  const char* name;
  std::function<void(std::ostream&)> act;
  // Whether the standard library swallows what the buffer throws.
  bool is_swallowed = false;
};

std::vector<writing> writings() {
  const std::string large(100000, 'x');
  return {
      {"int", [](std::ostream& out) { out << 12345; }},
      {"double", [](std::ostream& out) { out << 1.25; }},
      {"bool", [](std::ostream& out) { out << std::boolalpha << true; }},
      {"character", [](std::ostream& out) { out << 'c'; }},
      {"text", [](std::ostream& out) { out << "text"; }},
      {"string", [](std::ostream& out) { out << std::string("string"); }},
      {"large string", [large](std::ostream& out) { out << large; }},
      {"put", [](std::ostream& out) { out.put('c'); }},
      {"write", [](std::ostream& out) { out.write("block", 5); }},
      {"large write", [large](std::ostream& out) { out.write(large.data(), 100000); }},
      {"flush", [](std::ostream& out) { out << "x" << std::flush; }},
      {"endl", [](std::ostream& out) { out << "x" << std::endl; }},
      {"copy of a buffer",
       [large](std::ostream& out) {
         std::istringstream from(large);
         out << from.rdbuf();
       },
       true},
  };
}

// A connection, and the ostream that writes to it.
class way_to_write {
 public:
  virtual ~way_to_write() = default;
  virtual std::ostream& out() = 0;
  // Whose badbit has to tell of every failure; null if there is none.
  virtual std::ios* stream() { return &out(); }

  const std::unique_ptr<duologue> talk = in_conversation(any_variant);
};

class stream_itself : public way_to_write {
  std::ostream& out() override { return *talk->stream; }
};

class ostream_on_its_buffer : public way_to_write {
  std::ostream& out() override { return out_; }
  std::ios* stream() override { return talk->stream.get(); }
  std::ostream out_{talk->stream->rdbuf()};
};

class ostream_on_a_bare_buffer : public way_to_write {
  std::ostream& out() override { return out_; }
  std::ios* stream() override { return nullptr; }
  ssl_streambuf buffer_{std::move(*talk->stream->rdbuf())};
  std::ostream out_{&buffer_};
};

class swapped_buffer : public way_to_write {
 public:
  swapped_buffer() { std::swap(*stream_.rdbuf(), *talk->stream->rdbuf()); }

 private:
  std::ostream& out() override { return stream_; }
  ssl_server_stream stream_;
};

class view : public way_to_write {
  std::ostream& out() override { return views_.out(); }
  ssl_duplex views_{*talk->stream};
};

class redirected_clog : public way_to_write {
 public:
  ~redirected_clog() override {
    std::clog.exceptions(ios::goodbit);
    std::clog.rdbuf(before_);
    std::clog.flags(flags_);
    std::clog.clear();
  }

 private:
  std::ostream& out() override { return std::clog; }
  std::ios* stream() override { return talk->stream.get(); }
  const ios::fmtflags flags_ = std::clog.flags();
  std::streambuf* const before_ = std::clog.rdbuf(talk->stream->rdbuf());
};

struct kind_of_way {
  const char* name;
  std::function<std::unique_ptr<way_to_write>()> make;
};
void PrintTo(const kind_of_way& k, std::ostream* out) { *out << k.name; }

template <class Way>
kind_of_way kind(const char* name) {
  return {name, [] { return std::unique_ptr<way_to_write>(std::make_unique<Way>()); }};
}

class writers : public testing::TestWithParam<kind_of_way> {};

INSTANTIATE_TEST_SUITE_P(, writers,
                         testing::Values(kind<stream_itself>("stream_itself"),
                                         kind<ostream_on_its_buffer>("ostream_on_its_buffer"),
                                         kind<ostream_on_a_bare_buffer>("ostream_on_a_bare_buffer"),
                                         kind<swapped_buffer>("swapped_buffer"), kind<view>("view"),
                                         kind<redirected_clog>("redirected_clog")),
                         [](const auto& info) { return info.param.name; });

// Writes until that fails; whether the failure itself was thrown.
bool throws(std::ostream& out, const writing& w) {
  try {
    for (int i = 0; i != 100000 && out.good(); ++i) w.act(out);
    return false;
  } catch (const ssl_error& e) {
    EXPECT_EQ(e.code(), std::errc::broken_pipe);
    return true;
  }
}

TEST_P(writers, are_told_of_a_peer_that_has_gone) {
  for (const writing& w : writings()) {
    for (const auto& flags : {ios::fmtflags(), ios::unitbuf}) {
      SCOPED_TRACE(std::string(w.name) + (flags != 0 ? ", unitbuf" : ""));
      const auto c = GetParam().make();
      c->out().setf(flags);
      c->talk->peer.break_output(std::errc::broken_pipe);
      EXPECT_FALSE(throws(c->out(), w));
      EXPECT_TRUE(c->out().fail());
      EXPECT_TRUE(c->out().bad() || w.is_swallowed);
      if (c->stream() != nullptr) {
        EXPECT_TRUE(c->stream()->bad());
      }
      const auto& buffer = dynamic_cast<ssl_streambuf&>(*c->out().rdbuf());
      EXPECT_EQ(buffer.error(), std::errc::broken_pipe);
    }
  }
}

TEST_P(writers, throw_the_failure_where_badbit_throws_but_for_what_the_standard_swallows) {
  for (const writing& w : writings()) {
    SCOPED_TRACE(w.name);
    const auto c = GetParam().make();
    c->out().exceptions(ios::badbit);
    c->talk->peer.break_output(std::errc::broken_pipe);
    const bool asks_for_flush = std::string(w.name) == "flush" || std::string(w.name) == "endl";
    if (asks_for_flush && c->stream() != &c->out()) {
      // Nobody knows there that anybody has asked for exceptions, but the ostream.
      EXPECT_THROW(throws(c->out(), w), ios::failure);
    } else {
      EXPECT_EQ(throws(c->out(), w), !w.is_swallowed);
    }
    EXPECT_TRUE(c->out().fail());
  }
}

}  // namespace
}  // namespace iostls
