// SPDX-License-Identifier: Apache-2.0
// Libraries that read and write documents by streams, on streams of ours: a document arrives whole,
// and what was cut, at whatever byte, is never taken for a whole one.
#include <chrono>
#include <exception>
#include <functional>
#include <istream>
#include <memory>
#include <ostream>
#include <sstream>
#include <string>
#include <system_error>
#include <tuple>

#include <gtest/gtest.h>
#include <iostls/iostls.hpp>

#include "immediate_peer.hpp"
#include "library.hpp"

namespace iostls {
namespace test {
void PrintTo(const library& l, std::ostream* out) { *out << l.name; }
}  // namespace test

namespace {

using namespace test;

const variant any_variant{role::server, tls_version::tls1_3};

// What the library is given to read from.
struct reader {
  const char* name;
  std::function<std::unique_ptr<std::istream>(ssl_stream&)> make;  // null: the stream itself
  std::ios::iostate exceptions;
};
void PrintTo(const reader& r, std::ostream* out) { *out << r.name; }

std::unique_ptr<std::istream> on_its_buffer(ssl_stream& s) {
  return std::make_unique<std::istream>(s.rdbuf());
}

const reader readers[] = {
    {"stream", nullptr, std::ios::goodbit},
    {"stream_that_throws", nullptr, std::ios::badbit},
    {"istream_on_its_buffer", on_its_buffer, std::ios::goodbit},
};

struct failure {
  const char* name;
  void (*happen)(immediate_peer&);
  std::function<bool(const std::error_code&)> is;
};
void PrintTo(const failure& f, std::ostream* out) { *out << f.name; }

const failure failures[] = {
    {"cut", [](immediate_peer& peer) { peer.cut(); },
     [](const std::error_code& e) { return e == ssl_errc::truncated; }},
    {"reset", [](immediate_peer& peer) { peer.break_input(std::errc::connection_reset); },
     [](const std::error_code& e) { return e == std::errc::connection_reset; }},
    {"timeout", [](immediate_peer&) {},
     [](const std::error_code& e) { return e == ssl_errc::timed_out; }},
};

// Nothing waits so long, for the peer is in the same thread.
void wait_an_hour(connection_options& o) { o.read_timeout = std::chrono::hours(1); }

std::string document(const library& l) {
  std::ostringstream out;
  l.write(out, content());
  return out.str();
}

enum class outcome { refused, taken };

outcome read(const library& l, std::istream& in, content& to) {
  try {
    return l.read(in, to) ? outcome::taken : outcome::refused;
  } catch (const std::exception&) {
    return outcome::refused;
  }
}

content nothing() {
  content c;
  c.name.clear();
  c.numbers.clear();
  c.pairs.clear();
  return c;
}

class library_on_stream : public testing::TestWithParam<library> {};
INSTANTIATE_TEST_SUITE_P(, library_on_stream, testing::ValuesIn(libraries()),
                         [](const auto& info) { return info.param.name; });

TEST_P(library_on_stream, reads_the_whole_document) {
  const std::string sent = document(GetParam());
  for (const std::size_t record_size : {1, 7, 16384}) {
    for (const reader& r : readers) {
      const auto d = in_conversation(any_variant);
      d->peer.send_in_records(sent, record_size);
      d->peer.close_notify();
      d->stream->exceptions(r.exceptions);
      const auto own = r.make ? r.make(*d->stream) : nullptr;
      content found = nothing();
      EXPECT_EQ(read(GetParam(), own ? *own : *d->stream, found), outcome::taken) << r.name;
      EXPECT_TRUE(found == content()) << r.name << ", records of " << record_size;
      EXPECT_EQ(d->stream->error(), std::error_code()) << r.name;
    }
  }
}

TEST_P(library_on_stream, writes_the_whole_document) {
  const auto d = in_conversation(any_variant);
  GetParam().write(*d->stream, content());
  d->stream->flush();
  EXPECT_TRUE(d->stream->good());
  EXPECT_EQ(d->peer.received(), document(GetParam()));
}

TEST_P(library_on_stream, leaves_a_program_alive_whose_peer_has_gone) {
  const auto d = in_conversation(any_variant);
  d->peer.break_output(std::errc::broken_pipe);
  try {
    GetParam().write(*d->stream, content());
    d->stream->flush();
  } catch (const std::exception&) {
  }
  EXPECT_TRUE(d->stream->bad());
  EXPECT_TRUE(d->stream->error() == std::errc::broken_pipe) << d->stream->error().message();
}

class cut_document : public testing::TestWithParam<std::tuple<library, reader, failure>> {
 protected:
  // The document up to a byte, and what befalls the connection then.
  void run(const std::string& begin) {
    const reader& r = std::get<1>(GetParam());
    const auto d = in_conversation(any_variant, wait_an_hour);
    if (!begin.empty()) d->peer.send(begin);
    std::get<2>(GetParam()).happen(d->peer);
    d->stream->exceptions(r.exceptions);
    const auto own = r.make ? r.make(*d->stream) : nullptr;
    std::istream& in = own ? *own : *d->stream;
    content found = nothing();
    const outcome told = read(std::get<0>(GetParam()), in, found);
    if (!d->stream->error()) {
      // The rest was white space, which the library left alone.
      EXPECT_EQ(told, outcome::taken);
      EXPECT_TRUE(found == content());
      return;
    }
    EXPECT_TRUE(told == outcome::refused || in.bad()) << "taken as whole";
    EXPECT_TRUE(std::get<2>(GetParam()).is(d->stream->error())) << d->stream->error().message();
  }
};
INSTANTIATE_TEST_SUITE_P(, cut_document,
                         testing::Combine(testing::ValuesIn(libraries()),
                                          testing::ValuesIn(readers), testing::ValuesIn(failures)),
                         [](const auto& info) {
                           return std::string(std::get<0>(info.param).name) + '_' +
                                  std::get<1>(info.param).name + '_' + std::get<2>(info.param).name;
                         });

TEST_P(cut_document, is_not_a_whole_one) {
  if (std::get<1>(GetParam()).exceptions && !std::get<0>(GetParam()).bears_exceptions) {
    GTEST_SKIP() << "the library ends the program on any stream that throws";
  }
  const std::string whole = document(std::get<0>(GetParam()));
  for (std::size_t size = 0; size != whole.size(); ++size) {
    SCOPED_TRACE("after " + std::to_string(size) + " of " + std::to_string(whole.size()));
    run(whole.substr(0, size));
    if (HasFailure()) break;
  }
}

}  // namespace
}  // namespace iostls
