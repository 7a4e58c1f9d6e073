// SPDX-License-Identifier: Apache-2.0
// The transports that have a descriptor: sockets, pipes, terminals.
#include <algorithm>
#include <chrono>
#include <limits>
#include <memory>
#include <string>
#include <thread>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <termios.h>
#include <unistd.h>
#include <iostls/ssl_error.hpp>
#include <iostls/transport.hpp>

#include "descriptor.hpp"
#include "interrupter.hpp"
#include "process.hpp"
#include "task.hpp"
#include "terminal.hpp"
#include "transport/descriptor_transport.hpp"

namespace iostls {
namespace {

using namespace test;
using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;
using event = transport::event;

constexpr auto never = (transport::time_point::max)();

transport::time_point in(milliseconds time) { return steady_clock::now() + time; }

// A descriptor that reads what is written to the other one.
struct kind_of_descriptor {
  const char* name;
  descriptor_pair (*make)();  // `a` is written, `b` is read
};

void PrintTo(const kind_of_descriptor& c, std::ostream* out) { *out << c.name; }

descriptor_pair make_pipe() {
  int ends[2];
  EXPECT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  return {descriptor(ends[1]), descriptor(ends[0])};
}

descriptor_pair make_tcp() { return tcp_pair(); }

class any_descriptor : public testing::TestWithParam<kind_of_descriptor> {
 protected:
  void SetUp() override {
    if (GetParam().make == terminal_pair && !has_terminals()) GTEST_SKIP() << no_terminals;
    pair_ = GetParam().make();
    writer_ = std::make_unique<socket_transport>(pair_.a.release());
    reader_ = std::make_unique<socket_transport>(pair_.b.release());
  }

  // What one read gets, after waiting for it.
  std::string read() {
    char data[100];
    const io_result r = reader_->wait_and_read(data, sizeof data, in(seconds(10)));
    EXPECT_FALSE(r.error) << r.error.message();
    return {data, r.count};
  }

  void write(const std::string& data) {
    const io_result r = writer_->write_some(data.data(), data.size());
    EXPECT_EQ(r.count, data.size());
    EXPECT_FALSE(r.error) << r.error.message();
  }

  // Writes until there has been no room for a while; what the last attempt said.
  std::error_code fill() {
    const std::string block(65536, 'x');
    for (;;) {
      const io_result r = writer_->write_some(block.data(), block.size());
      if (!r.error) continue;
      const std::error_code waited = writer_->wait(event::writable, in(milliseconds(20)));
      if (waited == std::errc::timed_out) return r.error;
      EXPECT_FALSE(waited) << waited.message();
    }
  }

  descriptor_pair pair_;
  std::unique_ptr<socket_transport> writer_, reader_;
};

INSTANTIATE_TEST_SUITE_P(, any_descriptor,
                         testing::Values(kind_of_descriptor{"local_socket", socket_pair},
                                         kind_of_descriptor{"tcp", make_tcp},
                                         kind_of_descriptor{"pipe", make_pipe},
                                         kind_of_descriptor{"terminal", terminal_pair}),
                         [](const auto& info) { return info.param.name; });

TEST_P(any_descriptor, carries_bytes) {
  write("hello");
  EXPECT_EQ(read(), "hello");
}

TEST_P(any_descriptor, does_not_wait_for_input_by_itself) {
  char c;
  const io_result r = reader_->read_some(&c, 1);
  EXPECT_EQ(r.count, 0u);
  EXPECT_EQ(r.error, std::errc::operation_would_block);
}

TEST_P(any_descriptor, leaves_the_flags_of_the_descriptor_alone) {
  const int flags = ::fcntl(reader_->fd(), F_GETFL);
  write("hello");
  EXPECT_EQ(read(), "hello");
  char c;
  reader_->read_some(&c, 1);
  EXPECT_EQ(::fcntl(reader_->fd(), F_GETFL), flags);
  EXPECT_EQ(flags & O_NONBLOCK, 0);
}

TEST_P(any_descriptor, waits_no_longer_than_the_deadline) {
  const auto start = steady_clock::now();
  EXPECT_EQ(reader_->wait(event::readable, in(milliseconds(50))), std::errc::timed_out);
  EXPECT_GE(steady_clock::now() - start, milliseconds(50));
}

TEST_P(any_descriptor, a_deadline_in_the_past_does_not_wait) {
  EXPECT_EQ(reader_->wait(event::readable, in(milliseconds(-50))), std::errc::timed_out);
  write("hello");
  EXPECT_FALSE(reader_->wait(event::readable, in(seconds(10))));
  EXPECT_FALSE(reader_->wait(event::readable, in(milliseconds(-50))));
}

TEST_P(any_descriptor, finds_input_at_a_deadline_in_the_past_after_a_long_wait) {
  EXPECT_EQ(reader_->wait(event::readable, in(milliseconds(50))), std::errc::timed_out);
  write("hello");
  ASSERT_TRUE(wait_readable(reader_->fd()));
  EXPECT_FALSE(reader_->wait(event::readable, in(milliseconds(-50))));
}

TEST_P(any_descriptor, keeps_a_wake_for_a_wait_whose_deadline_has_not_passed) {
  EXPECT_EQ(reader_->wait(event::readable, in(milliseconds(50))), std::errc::timed_out);
  reader_->wake();
  EXPECT_EQ(reader_->wait(event::readable, in(milliseconds(-50))), std::errc::timed_out);
  EXPECT_EQ(reader_->wait(event::readable, in(seconds(10))), ssl_errc::woken);
}

TEST_P(any_descriptor, is_woken_once_in_a_wait_after_a_long_one) {
  EXPECT_EQ(reader_->wait(event::readable, in(milliseconds(50))), std::errc::timed_out);
  reader_->wake();
  EXPECT_EQ(reader_->wait(event::readable, in(seconds(10))), ssl_errc::woken);
  EXPECT_EQ(reader_->wait(event::readable, in(milliseconds(50))), std::errc::timed_out);
}

TEST_P(any_descriptor, waits_until_there_is_input) {
  task writer([&] { write("hello"); });
  EXPECT_FALSE(reader_->wait(event::readable, never));
  EXPECT_EQ(read(), "hello");
}

TEST_P(any_descriptor, cancel_wakes_who_waits) {
  task canceler([&] { reader_->cancel(); });
  static_cast<void>(reader_->wait(event::readable, never));
  canceler.join();
  char c;
  const io_result r = reader_->wait_and_read(&c, 1, never);
  EXPECT_EQ(r.count, 0u);
}

TEST_P(any_descriptor, close_closes_the_descriptor_and_is_seen_at_the_other_end) {
  const int fd = writer_->fd();
  EXPECT_FALSE(writer_->close());
  EXPECT_EQ(::fcntl(fd, F_GETFD), -1);
  EXPECT_EQ(writer_->fd(), -1);
  char c;
  const io_result r = reader_->wait_and_read(&c, 1, in(seconds(10)));
  EXPECT_EQ(r.count, 0u);
  EXPECT_NE(r.error, std::errc::timed_out);
}

TEST_P(any_descriptor, destructor_closes_the_descriptor) {
  const int fd = writer_->fd();
  writer_.reset();
  EXPECT_EQ(::fcntl(fd, F_GETFD), -1);
}

TEST_P(any_descriptor, release_gives_the_descriptor_back) {
  const int fd = writer_->fd();
  EXPECT_EQ(writer_->release(), fd);
  EXPECT_EQ(writer_->fd(), -1);
  writer_.reset();
  const descriptor mine(fd);
  EXPECT_NE(::fcntl(fd, F_GETFD), -1);
}

TEST_P(any_descriptor, abandon_leaves_the_connection_to_others) {
  const descriptor other(::dup(writer_->fd()));
  writer_->abandon();
  writer_ = std::make_unique<socket_transport>(::dup(other.get()));
  write("still here");
  EXPECT_EQ(read(), "still here");
}

TEST_P(any_descriptor, writing_to_nobody_is_an_error_and_no_signal) {
  reader_.reset();
  const child_result result = run_in_child([&] {
    for (int i = 0; i != 1000; ++i) {
      if (writer_->write_some("x", 1).error) return 0;
    }
    return 1;
  });
  EXPECT_EQ(result, child_result({0, 0}));
}

// A terminal is not among them: it takes all or blocks, and does not report how much room it has.
class transport_with_limits : public any_descriptor {};

INSTANTIATE_TEST_SUITE_P(, transport_with_limits,
                         testing::Values(kind_of_descriptor{"local_socket", socket_pair},
                                         kind_of_descriptor{"tcp", make_tcp},
                                         kind_of_descriptor{"pipe", make_pipe}),
                         [](const auto& info) { return info.param.name; });

TEST_P(transport_with_limits, does_not_wait_for_room_by_itself) {
  EXPECT_EQ(fill(), std::errc::operation_would_block);
}

TEST_P(transport_with_limits, cancel_wakes_who_waits_for_room) {
  EXPECT_EQ(fill(), std::errc::operation_would_block);
  task canceler([&] { writer_->cancel(); });
  static_cast<void>(writer_->wait(event::writable, never));
  canceler.join();
  static_cast<void>(writer_->wait(event::writable, never));
}

class any_socket : public any_descriptor {};

INSTANTIATE_TEST_SUITE_P(, any_socket,
                         testing::Values(kind_of_descriptor{"local_socket", socket_pair},
                                         kind_of_descriptor{"tcp", make_tcp}),
                         [](const auto& info) { return info.param.name; });

TEST_P(any_socket, shutdown_write_ends_one_direction) {
  writer_->shutdown_write();
  char c;
  const io_result r = reader_->wait_and_read(&c, 1, in(seconds(10)));
  EXPECT_EQ(r.count, 0u);
  EXPECT_FALSE(r.error);
  writer_.swap(reader_);
  write("back");
  EXPECT_EQ(read(), "back");
}

TEST_P(any_socket, timeouts_of_the_socket_bound_each_wait) {
  set_timeouts(reader_->fd(), milliseconds(50));
  EXPECT_EQ(reader_->wait(event::readable, never), std::errc::timed_out);
  EXPECT_EQ(reader_->wait(event::readable, in(seconds(10))), std::errc::timed_out);
}

TEST_P(any_socket, the_deadline_wins_where_it_comes_before_the_timeouts_of_the_socket) {
  set_timeouts(reader_->fd(), seconds(20));
  const auto start = steady_clock::now();
  EXPECT_EQ(reader_->wait(event::readable, in(milliseconds(20))), std::errc::timed_out);
  EXPECT_LT(steady_clock::now() - start, seconds(10));
}

// Nanoseconds in 64 bits are 292 years.
TEST_P(any_socket, timeouts_of_the_socket_may_be_longer_than_a_clock_can_tell) {
  struct timeval limit {};
  limit.tv_sec = static_cast<decltype(limit.tv_sec)>(std::min<long long>(
      300LL * 365 * 24 * 3600, std::numeric_limits<decltype(limit.tv_sec)>::max()));
  ASSERT_EQ(::setsockopt(reader_->fd(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit), 0);
  const auto start = steady_clock::now();
  EXPECT_EQ(reader_->wait(event::readable, in(milliseconds(20))), std::errc::timed_out);
  EXPECT_GE(steady_clock::now() - start, milliseconds(20));
}

TEST_P(any_socket, timeouts_of_the_socket_bound_a_wait_that_is_a_read) {
  set_timeouts(reader_->fd(), milliseconds(50));
  detail::descriptor_transport direct(reader_->release());
  char c;
  EXPECT_EQ(direct.wait_and_read(&c, 1, never).error, std::errc::timed_out);
}

TEST_P(any_socket, a_wait_that_is_a_read_takes_a_descriptor_that_does_not_block) {
  const int fd = reader_->release();
  ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK);
  detail::descriptor_transport direct(fd);
  task writer([&] {
    std::this_thread::sleep_for(milliseconds(20));
    write("x");
  });
  char c = 0;
  const io_result r = direct.wait_and_read(&c, 1, never);
  EXPECT_EQ(r.count, 1u) << r.error.message();
  EXPECT_EQ(c, 'x');
}

TEST_P(any_socket, a_wait_that_is_a_read_goes_on_where_it_is_interrupted) {
  detail::descriptor_transport direct(reader_->release());
  const interrupter every_now_and_then;
  task writer([&] {
    while (interruptions < 20) std::this_thread::yield();
    write("x");
  });
  char c = 0;
  const io_result r = direct.wait_and_read(&c, 1, never);
  EXPECT_EQ(r.count, 1u) << r.error.message();
  EXPECT_EQ(c, 'x');
}

TEST(socket_transport, refuses_what_is_no_descriptor) {
  const int closed = make_pipe().a.get();
  for (const int fd : {-1, closed}) {
    try {
      const socket_transport refused(fd);
      FAIL() << fd << " was taken";
    } catch (const ssl_error& e) {
      EXPECT_EQ(e.code(), ssl_errc::system_error);
      EXPECT_EQ(e.code(), std::errc::bad_file_descriptor);
    }
  }
}

// A read that is shorter than a message would lose the rest of it.
TEST(socket_transport, refuses_a_socket_of_messages) {
  for (const int type : {SOCK_DGRAM, SOCK_SEQPACKET}) {
    int ends[2];
    ASSERT_EQ(::socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, ends), 0);
    const descriptor one(ends[0]), other(ends[1]);
    try {
      socket_transport t(one.get());
      t.release();
      ADD_FAILURE() << type;
    } catch (const ssl_error& e) {
      EXPECT_EQ(e.code(), std::errc::wrong_protocol_type) << e.what();
      EXPECT_EQ(e.operation(), "open");
    }
    EXPECT_NE(::fcntl(one.get(), F_GETFD), -1) << "it is still the caller's";
  }
}

TEST(socket_transport, of_a_pipe_is_canceled_in_one_process_alone) {
  descriptor_pair pair = make_pipe();
  socket_transport reader(pair.b.release());
  EXPECT_EQ(run_in_child([&] {
              reader.cancel();
              const std::error_code e = reader.wait(event::readable, in(seconds(20)));
              return e == std::errc::operation_canceled ? 0 : 1;
            }),
            (child_result{0, 0}));
  EXPECT_EQ(reader.wait(event::readable, in(std::chrono::milliseconds(1))), ssl_errc::timed_out);
  EXPECT_EQ(::write(pair.a.get(), "x", 1), 1);
  EXPECT_FALSE(reader.wait(event::readable, in(seconds(10))));
}

TEST(socket_transport, cancel_holds_for_waits_to_come) {
  descriptor_pair pair = make_pipe();
  socket_transport reader(pair.b.release());
  reader.cancel();
  EXPECT_EQ(reader.wait(event::readable, never), std::errc::operation_canceled);
  EXPECT_EQ(reader.wait(event::readable, never), std::errc::operation_canceled);
}

}  // namespace
}  // namespace iostls
