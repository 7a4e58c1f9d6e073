// SPDX-License-Identifier: Apache-2.0
// The transports without a descriptor: any streambuf, and what a program's own transport inherits.
#include <algorithm>
#include <cerrno>
#include <chrono>
#include <sstream>
#include <stdexcept>
#include <streambuf>
#include <string>
#include <system_error>

#include <gtest/gtest.h>
#include <iostls/ssl_error.hpp>
#include <iostls/transport.hpp>

#include "descriptor.hpp"
#include "socket_calls.hpp"

namespace iostls {
namespace {

using namespace test;
using std::chrono::milliseconds;
using std::chrono::steady_clock;
using event = transport::event;

constexpr auto never = (transport::time_point::max)();

transport::time_point in(milliseconds time) { return steady_clock::now() + time; }

TEST(streambuf_transport, writes_into_the_buffer) {
  std::stringbuf buffer;
  streambuf_transport t(buffer);
  EXPECT_EQ(t.write_some("hello", 5).count, 5u);
  EXPECT_EQ(buffer.str(), "hello");
  EXPECT_FALSE(t.wait(event::writable, never));
  EXPECT_EQ(t.fd(), -1);
}

TEST(streambuf_transport, reads_what_the_buffer_has_and_then_its_end) {
  std::stringbuf buffer("hello");
  streambuf_transport t(buffer);
  char data[10];
  io_result r = t.wait_and_read(data, sizeof data, never);
  EXPECT_EQ(std::string(data, r.count), "hello");
  r = t.wait_and_read(data, sizeof data, never);
  EXPECT_EQ(r.count, 0u);
  EXPECT_FALSE(r.error) << r.error.message();
}

TEST(streambuf_transport, reads_no_more_than_it_is_asked_for) {
  std::stringbuf buffer("hello");
  streambuf_transport t(buffer);
  char data[10];
  ASSERT_EQ(t.wait_and_read(data, 2, never).count, 2u);
  EXPECT_EQ(t.wait_and_read(data, 10, never).count, 3u);
  EXPECT_EQ(std::string(data, 3), "llo");
}

// A streambuf with no get area and no knowledge of what comes: one character at a time.
class pipe_buffer : public std::streambuf {
 public:
  explicit pipe_buffer(int fd) : fd_(fd) {}

 protected:
  int_type underflow() override {
    if (!full_) full_ = receive_some(fd_, &c_, 1) == 1;
    return full_ ? traits_type::to_int_type(c_) : traits_type::eof();
  }
  int_type uflow() override {
    const int_type c = underflow();
    full_ = false;
    return c;
  }

 private:
  int fd_;
  char c_ = 0;
  bool full_ = false;
};

TEST(streambuf_transport, reads_a_buffer_that_cannot_tell_what_is_there) {
  const descriptor_pair pair = socket_pair();
  pipe_buffer buffer(pair.b.get());
  streambuf_transport t(buffer);
  char data[10];
  EXPECT_EQ(t.read_some(data, sizeof data).error, std::errc::operation_would_block);
  ASSERT_TRUE(write_raw(pair.a.get(), "ab"));
  ASSERT_EQ(t.wait_and_read(data, sizeof data, never).count, 1u);
  EXPECT_EQ(data[0], 'a');
  ASSERT_EQ(t.wait_and_read(data, sizeof data, never).count, 1u);
  EXPECT_EQ(data[0], 'b');
}

TEST(streambuf_transport, sees_deadlines_between_the_operations) {
  std::stringbuf buffer("hello");
  streambuf_transport t(buffer);
  EXPECT_EQ(t.wait(event::readable, in(milliseconds(-1))), std::errc::timed_out);
}

TEST(streambuf_transport, sees_cancel_between_the_operations) {
  std::stringbuf buffer("hello");
  streambuf_transport t(buffer);
  t.cancel();
  EXPECT_EQ(t.wait(event::readable, never), std::errc::operation_canceled);
  EXPECT_EQ(t.wait(event::writable, never), std::errc::operation_canceled);
}

class throwing_buffer : public std::streambuf {
 protected:
  int_type underflow() override { throw std::system_error(EIO, std::system_category()); }
  int_type overflow(int_type) override { throw std::runtime_error("full"); }
  int sync() override { return -1; }
};

TEST(streambuf_transport, what_the_buffer_throws_becomes_an_error) {
  throwing_buffer buffer;
  streambuf_transport t(buffer);
  char c = 'x';
  EXPECT_EQ(t.wait_and_read(&c, 1, never).error, std::error_code(EIO, std::system_category()));
  EXPECT_EQ(t.write_some(&c, 1).error, std::errc::io_error);
}

class closed_buffer : public std::streambuf {};

TEST(streambuf_transport, a_buffer_that_takes_nothing_is_an_error) {
  closed_buffer buffer;
  streambuf_transport t(buffer);
  EXPECT_EQ(t.write_some("x", 1).error, std::errc::broken_pipe);
}

// Keeps what it is given until a sync succeeds. The first syncs fail as told.
class reluctant_buffer : public std::streambuf {
 public:
  explicit reluctant_buffer(int failures) : failures_(failures) {}
  std::string kept, synchronised;
  std::size_t room = std::string::npos;  // for further characters

 protected:
  std::streamsize xsputn(const char* data, std::streamsize size) override {
    const std::size_t taken = std::min(room, static_cast<std::size_t>(size));
    if (room != std::string::npos) room -= taken;
    kept.append(data, taken);
    return static_cast<std::streamsize>(taken);
  }
  int sync() override {
    if (failures_ > 0 && failures_-- > 0)
      throw std::system_error(make_error_code(ssl_errc::timed_out));
    synchronised = kept;
    return 0;
  }

 private:
  int failures_;
};

TEST(streambuf_transport, repeats_only_the_sync_that_has_failed) {
  reluctant_buffer buffer(2);
  streambuf_transport t(buffer);
  for (int i = 0; i != 2; ++i) {
    const io_result r = t.write_some("hello", 5);
    EXPECT_EQ(r.error, ssl_errc::timed_out);
    EXPECT_EQ(r.count, 0u) << "nothing has gone out so far";
  }
  const io_result r = t.write_some("hello", 5);
  EXPECT_FALSE(r.error) << r.error.message();
  EXPECT_EQ(r.count, 5u);
  EXPECT_EQ(buffer.synchronised, "hello");
  EXPECT_EQ(t.write_some("hello", 5).count, 5u);
  EXPECT_EQ(buffer.synchronised, "hellohello");
}

// Takes all, but cannot hand it on yet, nor has anything to read yet; reports that by what it throws.
class nonblocking_buffer : public std::streambuf {
 protected:
  [[noreturn]] static void tell_that_it_would_block() {
    throw std::system_error(std::make_error_code(std::errc::operation_would_block));
  }
  std::streamsize xsputn(const char*, std::streamsize size) override { return size; }
  int sync() override { tell_that_it_would_block(); }
  int_type underflow() override { tell_that_it_would_block(); }
};

// Nothing shows when it is worth while to ask again.
TEST(streambuf_transport, does_not_ask_again_and_again_a_buffer_that_would_block) {
  nonblocking_buffer buffer;
  streambuf_transport t(buffer);
  char c = 0;
  EXPECT_EQ(t.wait_and_read(&c, 1, never).error, ssl_errc::timed_out);
  EXPECT_EQ(t.write_or_wait("x", 1, never).error, ssl_errc::timed_out);
  EXPECT_FALSE(t.wait(event::writable, never));
  EXPECT_EQ(t.wait(event::writable, in(milliseconds(-1))), std::errc::timed_out);
}

TEST(streambuf_transport, may_be_given_more_or_less_after_a_sync_that_has_failed) {
  reluctant_buffer buffer(2);
  streambuf_transport t(buffer);
  EXPECT_EQ(t.write_some("hel", 3).count, 0u);
  EXPECT_EQ(t.write_some("hello", 5).count, 0u);
  EXPECT_EQ(t.write_some("he", 2).count, 2u);
  EXPECT_EQ(t.write_some("llo world", 9).count, 9u);
  EXPECT_EQ(buffer.synchronised, "hello world");
}

TEST(streambuf_transport, counts_what_a_buffer_takes_of_more) {
  reluctant_buffer buffer(1);
  buffer.room = 3;
  streambuf_transport t(buffer);
  EXPECT_EQ(t.write_some("hello", 5).error, ssl_errc::timed_out);
  const io_result r = t.write_some("hello", 5);
  EXPECT_FALSE(r.error) << r.error.message();
  EXPECT_EQ(r.count, 3u);
  EXPECT_EQ(t.write_some("lo", 2).error, std::errc::broken_pipe);
  buffer.room = 2;
  EXPECT_EQ(t.write_some("lo", 2).count, 2u);
  EXPECT_EQ(buffer.synchronised, "hello");
}

// Throws when it is full, and has taken some by then.
class narrow_buffer : public std::streambuf {
 public:
  explicit narrow_buffer(std::errc failure) : failure_(failure) {}
  std::string taken;

 protected:
  int_type overflow(int_type c) override {
    if (taken.size() == 3) throw std::system_error(make_error_code(failure_));
    taken += traits_type::to_char_type(c);
    return c;
  }

 private:
  std::errc failure_;
};

TEST(streambuf_transport, writes_nothing_more_once_nobody_knows_how_much_was_taken) {
  narrow_buffer buffer(std::errc::timed_out);
  streambuf_transport t(buffer);
  EXPECT_EQ(t.write_some("hello", 5).error, std::errc::timed_out);
  buffer.taken.clear();
  const io_result r = t.write_some("hello", 5);
  EXPECT_EQ(r.error, std::errc::timed_out);
  EXPECT_EQ(r.count, 0u);
  EXPECT_EQ(buffer.taken, "");
}

TEST(streambuf_transport, does_not_wait_for_a_buffer_that_cannot_be_repeated) {
  narrow_buffer buffer(std::errc::operation_would_block);
  streambuf_transport t(buffer);
  EXPECT_EQ(t.write_or_wait("hello", 5, never).error, std::errc::io_error);
}

// A transport of somebody's own, with only what must be there.
class minimal_transport : public transport {
 public:
  io_result read_some(void* data, std::size_t size) noexcept override {
    if (tries_++ < 3) return {0, std::make_error_code(std::errc::operation_would_block)};
    if (size != 0) *static_cast<char*>(data) = 'm';
    return {1, {}};
  }
  io_result write_some(const void*, std::size_t size) noexcept override {
    if (tries_++ < 3) return {0, std::make_error_code(std::errc::operation_would_block)};
    return {size, {}};
  }
  std::error_code wait(event, time_point deadline) noexcept override {
    ++waits;
    if (steady_clock::now() >= deadline) return std::make_error_code(std::errc::timed_out);
    return {};
  }
  void shutdown_write() noexcept override {}
  void cancel() noexcept override {}
  std::error_code close() noexcept override {
    ++closes;
    return {};
  }

  int waits = 0;
  int closes = 0;

 private:
  int tries_ = 0;
};

TEST(transport_defaults, wait_and_read_repeats_a_wait_that_came_back_early) {
  minimal_transport t;
  char c = 0;
  EXPECT_EQ(t.wait_and_read(&c, 1, never).count, 1u);
  EXPECT_EQ(c, 'm');
  EXPECT_EQ(t.waits, 4);
}

TEST(transport_defaults, wait_and_read_keeps_the_deadline) {
  minimal_transport t;
  char c = 0;
  EXPECT_EQ(t.wait_and_read(&c, 1, steady_clock::now()).error, std::errc::timed_out);
}

TEST(transport_defaults, write_or_wait_waits_only_where_there_is_no_room) {
  minimal_transport t;
  EXPECT_EQ(t.write_or_wait("abc", 3, never).count, 3u);
  EXPECT_EQ(t.waits, 3);
  EXPECT_EQ(t.write_or_wait("abc", 3, never).count, 3u);
  EXPECT_EQ(t.waits, 3);
}

TEST(transport_defaults, write_or_wait_keeps_the_deadline) {
  minimal_transport t;
  EXPECT_EQ(t.write_or_wait("abc", 3, steady_clock::now()).error, std::errc::timed_out);
}

TEST(transport_defaults, abandon_closes_and_there_is_no_descriptor) {
  minimal_transport t;
  t.abandon();
  EXPECT_EQ(t.closes, 1);
  EXPECT_EQ(t.fd(), -1);
}

}  // namespace
}  // namespace iostls
