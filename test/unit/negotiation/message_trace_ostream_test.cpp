// SPDX-License-Identifier: Apache-2.0
// What the ostream of message_trace may do: throw, wait, be tied, use its own stream, serve many.
#include <atomic>
#include <sstream>
#include <stdexcept>
#include <streambuf>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <iostls/iostls.hpp>

#include "dialogue.hpp"
#include "event.hpp"
#include "task.hpp"

namespace iostls {
namespace test {
namespace {

// Keeps what each call of the ostream has written.
class calls_buffer : public std::streambuf {
 public:
  std::vector<std::string> calls;

 protected:
  std::streamsize xsputn(const char* data, std::streamsize size) override {
    calls.emplace_back(data, static_cast<std::size_t>(size));
    return size;
  }
};

class message_trace_ostream : public testing::TestWithParam<variant> {};

INSTANTIATE_TEST_SUITE_P(, message_trace_ostream, all_variants(), variant_name);

class throwing_buffer : public std::streambuf {
 protected:
  std::streamsize xsputn(const char*, std::streamsize) override {
    throw std::runtime_error("disk full");
  }
  int_type overflow(int_type) override { throw std::runtime_error("disk full"); }
};

TEST_P(message_trace_ostream, that_throws_changes_nothing) {
  for (const auto mask : {std::ios::goodbit, std::ios::badbit}) {
    throwing_buffer buffer;
    std::ostream out(&buffer);
    out.exceptions(mask);
    const auto d = started(GetParam(), [&](context_options& o) { o.message_trace = &out; });
    d->stream() << "data\n" << std::flush;
    EXPECT_EQ(d->peer().read_line(), "data");
    EXPECT_TRUE(d->stream().good());
    EXPECT_TRUE(out.bad());
  }
}

// As std::cerr is tied to std::cout, whose buffer may be the connection's.
TEST_P(message_trace_ostream, may_be_tied_to_its_own_stream) {
  std::ostringstream out;
  const auto d = started(GetParam(), [&](context_options& o) { o.message_trace = &out; });
  out.tie(&d->stream());
  out.str("");
  d->stream() << "data\n" << std::flush;
  EXPECT_TRUE(d->stream().good()) << d->stream().error().message();
  EXPECT_EQ(d->peer().read_line(), "data");
  EXPECT_NE(out.str().find("Sent Record"), std::string::npos);
}

// Uses the stream whose messages it gets.
class entangled_buffer : public std::streambuf {
 public:
  ssl_stream* stream = nullptr;
  int refused = 0;

 protected:
  std::streamsize xsputn(const char*, std::streamsize size) override {
    if (stream == nullptr) return size;
    try {
      stream->rdbuf()->info();
    } catch (const ssl_error&) {
      ++refused;
    }
    return size;
  }
};

TEST_P(message_trace_ostream, that_uses_its_own_stream_gets_an_error) {
  entangled_buffer buffer;
  std::ostream out(&buffer);
  const auto d = started(GetParam(), [&](context_options& o) { o.message_trace = &out; });
  ASSERT_TRUE(d->peer().write("line\n"));
  buffer.stream = &d->stream();
  std::string line;
  EXPECT_TRUE(std::getline(d->stream(), line));
  buffer.stream = nullptr;
  EXPECT_EQ(line, "line");
  EXPECT_GT(buffer.refused, 0);
}

// Waits until it may continue.
class blocking_buffer : public std::streambuf {
 public:
  event reached, released;
  std::atomic<bool> blocks{false};
  bool was_late = false;

 protected:
  std::streamsize xsputn(const char*, std::streamsize size) override {
    if (blocks.exchange(false)) {
      reached.happen();
      was_late = !released.wait();
    }
    return size;
  }
};

TEST_P(message_trace_ostream, that_is_slow_does_not_delay_cancel) {
  blocking_buffer buffer;
  std::ostream out(&buffer);
  const auto d = started(GetParam(), [&](context_options& o) { o.message_trace = &out; });
  buffer.blocks = true;
  task writing([&] { d->stream() << "data\n" << std::flush; });
  ASSERT_TRUE(buffer.reached.wait());
  d->stream().cancel();
  EXPECT_THROW(d->stream().info(), ssl_error);
  buffer.released.happen();
  writing.join();
  EXPECT_FALSE(buffer.was_late);
}

TEST_P(message_trace_ostream, that_is_slow_while_closing_does_not_delay_cancel) {
  blocking_buffer buffer;
  std::ostream out(&buffer);
  const auto d = started(GetParam(), [&](context_options& o) { o.message_trace = &out; });
  buffer.blocks = true;
  task closing([&] {
    try {
      d->stream().shutdown_write();
    } catch (const ssl_error& e) {
      EXPECT_EQ(e.code(), ssl_errc::canceled);
    }
  });
  ASSERT_TRUE(buffer.reached.wait());
  task canceling([&] {
    d->stream().cancel();
    buffer.released.happen();
  });
  canceling.join();
  closing.join();
  EXPECT_FALSE(buffer.was_late);
}

TEST(message_trace_ostreams, of_two_connections_are_not_mixed_within_a_thread) {
  calls_buffer buffer;
  std::ostream out(&buffer);
  const auto trace = [&](context_options& o) { o.message_trace = &out; };
  const variant v{role::client, tls_version::tls1_3};
  const auto a = started(v, trace);
  const auto b = started(v, trace);
  for (int i = 0; i != 3; ++i) {
    a->stream() << "a\n" << std::flush;
    b->stream() << "b\n" << std::flush;
  }
  EXPECT_GT(buffer.calls.size(), 20U);
  for (const std::string& each : buffer.calls) {
    EXPECT_EQ(each.back(), '\n');
    EXPECT_TRUE(each.rfind("Sent Record\nHeader:\n", 0) == 0 ||
                each.rfind("Received Record\nHeader:\n", 0) == 0 || each.rfind("    ", 0) == 0 ||
                each.rfind("  Inner Content Type = ", 0) == 0)
        << each;
  }
}

TEST(message_trace_ostreams, are_written_by_one_thread_at_a_time) {
  calls_buffer buffer;
  std::ostream out(&buffer);
  const auto d = started({role::client, tls_version::tls1_3},
                         [&](context_options& o) { o.message_trace = &out; });
  constexpr int rounds = 50;
  task echoing([&] {
    for (int i = 0; i != rounds; ++i) EXPECT_TRUE(d->peer().write(d->peer().read_line() + '\n'));
  });
  ssl_duplex ends(d->stream());
  task reading([&] {
    std::string line;
    for (int i = 0; i != rounds; ++i) EXPECT_TRUE(std::getline(ends.in(), line));
  });
  for (int i = 0; i != rounds; ++i) ends.out() << "line\n" << std::flush;
  reading.join();
  echoing.join();
  EXPECT_GT(buffer.calls.size(), 4U * rounds);
}

}  // namespace
}  // namespace test
}  // namespace iostls
