// SPDX-License-Identifier: Apache-2.0
// Every way to write, through everything that may stand above a connection, which fails in every way
// after each byte: badbit is set, that of the connection's own stream too, nothing is thrown that was not
// asked for, and what arrives is the beginning of what was written.
#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>
#include <ostream>
#include <sstream>
#include <string>
#include <system_error>
#include <vector>

#include <gtest/gtest.h>
#include <iostls/iostls.hpp>

#include "ways.hpp"

namespace iostls {
namespace {

using namespace test;
using ios = std::ios;

using way_to_write = way<std::ostream>;

struct writing {
  const char* name;
  std::function<void(std::ostream&)> act;
  // Whether the standard library swallows what the buffer throws.
  bool is_swallowed = false;
  bool asks_for_flush = false;
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
      {"flush", [](std::ostream& out) { out << "x" << std::flush; }, false, true},
      {"endl", [](std::ostream& out) { out << "x" << std::endl; }, false, true},
      {"copy of a buffer",
       [large](std::ostream& out) {
         std::istringstream from(large);
         out << from.rdbuf();
       },
       true},
  };
}

// Makes the connection fail after so many more bytes on the wire.
struct kind_of_failure {
  const char* name;
  std::error_code code;
  std::function<void(way_to_write&, std::size_t after)> befall;
};

std::vector<kind_of_failure> failures() {
  return {
      {"a peer that has gone", std::make_error_code(std::errc::broken_pipe),
       [](way_to_write& c, std::size_t after) {
         c.talk->peer.break_output(std::errc::broken_pipe, after);
       }},
      {"reset", std::make_error_code(std::errc::connection_reset),
       [](way_to_write& c, std::size_t after) {
         c.talk->peer.break_output(std::errc::connection_reset, after);
       }},
      {"timeout", ssl_errc::timed_out,
       [](way_to_write& c, std::size_t after) {
         c.talk->peer.block_output(after);
         c.buffer().expires_at(std::chrono::steady_clock::now());
       }},
      {"cancellation", ssl_errc::canceled,
       [](way_to_write& c, std::size_t after) {
         c.talk->peer.block_output(after);
         ssl_streambuf& buffer = c.buffer();
         c.talk->peer.on_full = [&buffer] { buffer.cancel(); };
       }},
  };
}

struct outcome {
  std::size_t complete = 0;  // how many times it was written before the failure
  bool threw = false;        // the failure itself
};

// Writes until that fails.
outcome write_on(std::ostream& out, const writing& w, const std::error_code& failure) {
  outcome seen;
  try {
    for (; seen.complete != 100000; ++seen.complete) {
      w.act(out);
      if (!out.good()) break;
    }
  } catch (const ssl_error& e) {
    EXPECT_EQ(e.code(), failure);
    seen.threw = true;
  }
  return seen;
}

std::string written_by(const writing& w) {
  std::ostringstream out;
  w.act(out);
  return out.str();
}

void expect_beginning(const std::string& received, const std::string& once) {
  for (std::size_t at = 0; at < received.size(); at += once.size()) {
    const std::size_t size = std::min(once.size(), received.size() - at);
    ASSERT_EQ(received.compare(at, size, once, 0, size), 0) << at;
  }
}

class writers : public testing::TestWithParam<kind_of_way<std::ostream>> {
 protected:
  void expect_report(const writing& w, const kind_of_failure& f, std::size_t after,
                     ios::fmtflags flags) {
    SCOPED_TRACE(std::string(w.name) + ", " + f.name + " after " + std::to_string(after) +
                 (flags != 0 ? ", unitbuf" : ""));
    const std::unique_ptr<way_to_write> c = GetParam().make();
    c->io().unsetf(ios::unitbuf);
    c->io().setf(flags);
    f.befall(*c, after);
    const outcome seen = write_on(c->io(), w, f.code);
    EXPECT_FALSE(seen.threw);
    EXPECT_TRUE(c->io().fail());
    EXPECT_TRUE(c->io().bad() || w.is_swallowed);
    if (c->stream() != nullptr) {
      EXPECT_TRUE(c->stream()->bad());
    }
    EXPECT_EQ(c->buffer().error(), f.code);
    expect_beginning(c->talk->peer.received(), written_by(w));
    if (f.code == ssl_errc::timed_out && w.asks_for_flush && flags == 0) {
      expect_rest(*c, seen.complete + 1, written_by(w));
    }
  }

  // Nothing is lost by a flush that timed out, nor sent twice.
  static void expect_rest(way_to_write& c, std::size_t complete, const std::string& once) {
    c.buffer().expires_at((std::chrono::steady_clock::time_point::max)());
    c.talk->peer.allow_output();
    if (c.stream() != nullptr) c.stream()->clear();
    c.io().clear();
    EXPECT_TRUE(c.io().flush());
    const std::string& received = c.talk->peer.received();
    EXPECT_EQ(received.size(), complete * once.size());
    expect_beginning(received, once);
  }
};

INSTANTIATE_TEST_SUITE_P(, writers, testing::ValuesIn(ways_to_write()),
                         [](const auto& info) { return info.param.name; });

TEST_P(writers, report_each_kind_of_failure) {
  for (const writing& w : writings()) {
    for (const kind_of_failure& f : failures()) {
      for (const auto& flags : {ios::fmtflags(), ios::unitbuf}) {
        for (const std::size_t after : {0, 20000}) {
          expect_report(w, f, after, flags);
          if (HasFailure()) return;
        }
      }
    }
  }
}

// Two short records are among them.
TEST_P(writers, report_a_failure_at_each_byte) {
  const std::vector<kind_of_failure> kinds = failures();
  std::size_t turn = 0;
  for (const writing& w : writings()) {
    for (std::size_t after = 1; after != 48; ++after, ++turn) {
      expect_report(w, kinds[turn % kinds.size()], after,
                    turn % 3 == 0 ? ios::fmtflags() : ios::unitbuf);
      if (HasFailure()) return;
    }
  }
}

TEST_P(writers, throw_the_failure_where_badbit_throws_but_for_what_the_standard_swallows) {
  for (const writing& w : writings()) {
    for (const kind_of_failure& f : failures()) {
      SCOPED_TRACE(std::string(w.name) + ", " + f.name);
      const auto c = GetParam().make();
      c->io().unsetf(ios::unitbuf);
      c->io().exceptions(ios::badbit);
      f.befall(*c, 0);
      if (w.asks_for_flush && c->stream() != &c->io()) {
        // Nobody knows there that anybody has asked for exceptions, but the ostream.
        EXPECT_THROW(write_on(c->io(), w, f.code), ios::failure);
      } else {
        EXPECT_EQ(write_on(c->io(), w, f.code).threw, !w.is_swallowed);
      }
      EXPECT_TRUE(c->io().fail());
    }
  }
}

}  // namespace
}  // namespace iostls
