// SPDX-License-Identifier: Apache-2.0
// Every way to read, through everything that may stand above a connection, which fails in every way at
// each byte: what comes of it is what the standard requires of a buffer that throws there. So nothing is
// lost, nothing is made up, and no failure looks like the end.
#include <chrono>
#include <functional>
#include <iostream>
#include <memory>
#include <ostream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <iostls/iostls.hpp>

#include "reading.hpp"
#include "ways.hpp"

namespace iostls {
namespace {

using namespace test;
using ios = std::ios;

const variant any_variant{role::server, tls_version::tls1_3};

using way_to_read = way<std::istream>;

// Makes the connection fail behind what was sent.
struct kind_of_failure {
  const char* name;
  std::function<void(way_to_read&)> befall;
};

std::vector<kind_of_failure> failures() {
  return {
      {"cut", [](way_to_read& c) { c.talk->peer.cut(); }},
      {"reset", [](way_to_read& c) { c.talk->peer.break_input(std::errc::connection_reset); }},
      {"timeout", [](way_to_read& c) { c.buffer().expires_at(std::chrono::steady_clock::now()); }},
      {"cancellation",
       [](way_to_read& c) {
         ssl_streambuf& buffer = c.buffer();
         c.talk->peer.on_wait = [&buffer] { buffer.cancel(); };
       }},
  };
}

// What there is for all of the readings: numbers, words, lines, blanks.
const std::string text = " 12,ab 3.5 1\n\n \"q\" 7f\n";

struct sight {
  std::string value;
  bool threw = false;
  ios::iostate state = ios::goodbit;
};

sight watch(std::istream& in, const reading& r) {
  sight seen;
  try {
    seen.value = r.act(in);
  } catch (const ssl_error&) {
    seen.threw = true;
    seen.value = "the failure";
  } catch (const ios::failure&) {
    seen.threw = true;
    seen.value = "a failure that the stream has made up";
  } catch (const std::runtime_error&) {
    seen.threw = true;
    seen.value = "the failure";
  }
  seen.state = in.rdstate();
  return seen;
}

std::string rest_of(std::istream& in) {
  in.exceptions(ios::goodbit);
  in.clear();
  std::string rest;
  for (char c = 0; in.get(c);) rest += c;
  EXPECT_FALSE(in.eof());
  return rest;
}

class readers : public testing::TestWithParam<kind_of_way<std::istream>> {
 protected:
  // Reads until that fails, here and there.
  void compare(const reading& r, std::size_t size, std::size_t record, const kind_of_failure& f,
               ios::iostate mask) {
    SCOPED_TRACE(std::string(r.name) + ", " + f.name + " after " + std::to_string(size) +
                 ", in records of " + std::to_string(record) + ", exceptions " +
                 std::to_string(mask));
    const std::unique_ptr<way_to_read> c = GetParam().make();
    c->talk->peer.send_in_records(text.substr(0, size), record);
    f.befall(*c);
    reference_buffer buffer(text.substr(0, size));
    std::istream expected_in(&buffer);
    expected_in.exceptions(mask);
    c->io().exceptions(mask);
    for (int i = 0; i != 30 && expected_in.good() && !buffer.has_failed(); ++i) {
      const sight expected = watch(expected_in, r);
      expect_like(expected, watch(c->io(), r), *c, buffer.has_failed());
      if (HasFailure()) return;
    }
    EXPECT_EQ(rest_of(c->io()), rest_of(expected_in));
  }

  static void expect_like(const sight& expected, const sight& seen, way_to_read& c,
                          bool has_failed) {
    EXPECT_EQ(seen.state & ios::eofbit, 0);
    if (has_failed && c.stream() != nullptr) {
      EXPECT_TRUE(c.stream()->bad());
    }
#if defined(_LIBCPP_VERSION)
    // Its own sentry lets the exception of any other buffer out, and sets no bit.
    if (expected.threw && expected.state == ios::goodbit && seen.state != ios::goodbit) {
      EXPECT_TRUE(c.io().bad());
      EXPECT_TRUE(seen.threw || (c.io().exceptions() & ios::badbit) == 0);
      return;
    }
#endif
    const bool is_told = has_failed && c.stream() == &c.io();
    EXPECT_EQ(seen.state, expected.state | (is_told ? ios::badbit : ios::goodbit));
    EXPECT_EQ(seen.threw, expected.threw);
    EXPECT_EQ(seen.value, expected.value);
  }
};

INSTANTIATE_TEST_SUITE_P(, readers, testing::ValuesIn(ways_to_read()),
                         [](const auto& info) { return info.param.name; });

TEST_P(readers, see_a_failure_at_each_byte_as_the_standard_has_it) {
  std::vector<reading> all = formatted_readings();
  for (const auto& more : {unformatted_readings(), buffer_readings()}) {
    all.insert(all.end(), more.begin(), more.end());
  }
  const std::vector<kind_of_failure> kinds = failures();
  std::size_t turn = 0;
  for (const reading& r : all) {
    for (std::size_t size = 0; size <= text.size(); ++size, ++turn) {
      compare(r, size, 100, kinds[turn % kinds.size()], turn % 3 == 0 ? ios::badbit : ios::goodbit);
      if (HasFailure()) return;
    }
  }
}

// A timeout is no failure for those that do not wait.
TEST_P(readers, see_a_failure_where_they_ask_what_is_there) {
  const std::vector<kind_of_failure> kinds = failures();
  for (const reading& r : readings_of_what_is_there()) {
    for (std::size_t size = 0; size <= text.size(); ++size) {
      compare(r, size, 100, kinds[size % 2], size % 3 == 0 ? ios::badbit : ios::goodbit);
      if (HasFailure()) return;
    }
  }
}

TEST_P(readers, see_each_kind_of_failure_where_each_byte_comes_alone) {
  std::vector<reading> all = formatted_readings();
  for (const auto& more : {unformatted_readings(), buffer_readings()}) {
    all.insert(all.end(), more.begin(), more.end());
  }
  for (const reading& r : all) {
    for (const kind_of_failure& f : failures()) {
      for (const ios::iostate mask : {ios::goodbit, ios::badbit}) {
        for (const std::size_t size : {std::size_t{0}, std::size_t{3}}) {
          compare(r, size, 1, f, mask);
          if (HasFailure()) return;
        }
      }
    }
  }
}

// A copy by copyfmt() would have it after the stream is gone.
TEST(a_new_stream, is_tied_to_nothing) {
  const auto d = in_conversation(any_variant);
  EXPECT_EQ(d->stream->tie(), nullptr);
  const ssl_server_stream moved(std::move(dynamic_cast<ssl_server_stream&>(*d->stream)));
  EXPECT_EQ(moved.tie(), nullptr);
  ssl_client_stream unopened;
  EXPECT_EQ(unopened.tie(), nullptr);
  ssl_duplex views(unopened);
  EXPECT_EQ(views.in().tie(), nullptr);
  EXPECT_EQ(views.out().tie(), nullptr);
}

}  // namespace
}  // namespace iostls
