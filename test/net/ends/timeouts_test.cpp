// SPDX-License-Identifier: Apache-2.0
// Timeouts: that they hold, and what is left of the connection afterwards.
#include <chrono>
#include <string>
#include <thread>

#include <gtest/gtest.h>
#include <iostls/iostls.hpp>

#include "dialogue.hpp"
#include "limited_in_time.hpp"
#include "process.hpp"

namespace iostls {
namespace {

using namespace test;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

class timeouts : public limited_in_time {};

INSTANTIATE_TEST_SUITE_P(, timeouts, all_variants(), variant_name);

TEST_P(timeouts, of_reading_leave_the_stream_usable) {
  const auto d = started(GetParam(), with(&connection_options::read_timeout, soon));
  for (int i = 0; i != 3; ++i) {
    EXPECT_EQ(d->stream().get(), std::char_traits<char>::eof());
    EXPECT_FALSE(d->stream().eof());
    expect_timed_out(d->stream());
  }
  expect_usable(*d);
}

TEST_P(timeouts, of_the_socket_bound_reading_and_leave_the_stream_usable) {
  descriptor_pair pair = tcp_pair();
  set_timeouts(pair.b.get(), soon);
  const auto d = started(GetParam(), no_timeouts, std::move(pair));
  EXPECT_EQ(d->stream().get(), std::char_traits<char>::eof());
  expect_timed_out(d->stream());
  expect_usable(*d);
}

TEST_P(timeouts, of_the_socket_bound_writing) {
  descriptor_pair pair = tcp_pair(4096);
  set_timeouts(pair.b.get(), soon);
  const auto d = started(GetParam(), no_timeouts, std::move(pair));
  const std::string sent = numbered_text(16 << 20);
  EXPECT_FALSE(d->stream() << sent << std::flush);
  expect_timed_out(d->stream());
  d->stream().clear();
  EXPECT_FALSE(d->stream() << "more" << std::flush) << "what may be half sent cannot go on";
  std::string received;
  task peer([&] { received = d->peer().read_to_end(); });
  d->destroy_stream();
  peer.join();
  EXPECT_LT(received.size(), sent.size());
  EXPECT_EQ(sent.compare(0, received.size(), received), 0);
  EXPECT_EQ(d->peer().end(), peer_end::failed);
}

TEST_P(timeouts, of_reading_do_not_lose_what_had_arrived) {
  const auto d = started(GetParam(), with(&connection_options::read_timeout, soon));
  ASSERT_TRUE(d->peer().write("hel"));
  std::string text(5, '\0');
  d->stream().read(&text[0], 5);
  EXPECT_FALSE(d->stream().eof());
  expect_timed_out(d->stream());
  ASSERT_TRUE(d->peer().write("lo"));
  EXPECT_TRUE(d->stream().read(&text[0], 5));
  EXPECT_EQ(text, "hello");
}

TEST_P(timeouts, of_reading_may_come_in_the_middle_of_a_record) {
  distant remote(GetParam(), with(&connection_options::read_timeout, soon));
  remote.handshake();
  remote.drip(milliseconds(10));
  ASSERT_TRUE(remote.d.peer().write("drop by drop\n"));
  ssl_stream& s = remote.d.stream();
  int timed_out = 0;
  char first = 0;
  while (!s.get(first) && s.error() == ssl_errc::timed_out) {
    ++timed_out;
    s.clear();
  }
  std::string line;
  EXPECT_TRUE(std::getline(s, line)) << s.error().message();
  EXPECT_EQ(first + line, "drop by drop");
  EXPECT_GE(timed_out, 2) << "single bytes must not prolong the wait for a character";
}

TEST_P(timeouts, of_handshakes_hold_however_it_trickles) {
  distant remote(GetParam(), with(&connection_options::handshake_timeout, milliseconds(300)));
  remote.drip(milliseconds(50));
  task peer([&] { EXPECT_FALSE(remote.d.peer().handshake()); });
  EXPECT_THROW(remote.d.stream().do_handshake(), ssl_error);
  expect_timed_out(remote.d.stream());
  EXPECT_EQ(remote.d.stream().last_error()->operation(), "handshake");
  remote.wire.cut();
}

TEST_P(timeouts, of_handshakes_count_from_the_first_attempt) {
  dialogue d(GetParam(), with(&connection_options::handshake_timeout, 3 * soon));
  for (int i = 0; i != 4; ++i) {
    d.stream().expires_after(soon);
    d.stream().get();
    expect_timed_out(d.stream());
  }
  d.stream().expires_never();
  task peer([&] { EXPECT_FALSE(d.peer().handshake()); });
  d.stream().get();
  expect_timed_out(d.stream());
  d.stream().close();
}

TEST_P(timeouts, of_handshakes_are_final) {
  dialogue d(GetParam(), with(&connection_options::handshake_timeout, soon));
  EXPECT_THROW(d.stream().do_handshake(), ssl_error);
  expect_timed_out(d.stream());
  // The peer is ready now, but it is too late.
  task peer([&] { EXPECT_FALSE(d.peer().handshake()); });
  ASSERT_TRUE(wait_readable(d.stream().rdbuf()->fd()));
  EXPECT_THROW(d.stream().do_handshake(), ssl_error);
  expect_timed_out(d.stream());
  d.stream() << "x" << std::flush;
  expect_timed_out(d.stream());
  d.stream().close();
}

constexpr std::size_t piece_size = 8000;

// Pieces that show where one is missing or comes twice.
std::string piece(int number) {
  const std::string text = std::to_string(number) + ":";
  return text + std::string(piece_size - text.size(), 'p');
}

TEST_P(timeouts, of_a_flush_lose_and_double_nothing_when_it_is_repeated) {
  const auto d =
      started(GetParam(), with(&connection_options::write_timeout, soon), tcp_pair(4096));
  ssl_stream& s = d->stream();
  std::string sent;
  // A flush may also succeed when it is repeated, as the system has found some room meanwhile.
  for (int failures = 0; failures != 4; s << std::flush) {
    if (s.good()) {
      sent += piece(static_cast<int>(sent.size()));
      s << sent.substr(sent.size() - piece_size);  // fits into the put area, which is empty
      ASSERT_TRUE(s.good());
    } else {
      ++failures;
      expect_timed_out(s);
    }
  }
  s.clear();
  std::string received;
  task peer([&] { received = d->peer().read_exactly(sent.size() + 4); });
  while (!(s << std::flush)) expect_timed_out(s);
  s << "done" << std::flush;
  peer.join();
  EXPECT_TRUE(received == sent + "done") << received.size() << " of " << sent.size() + 4;
}

TEST_P(timeouts, of_other_output_are_final) {
  const auto d =
      started(GetParam(), with(&connection_options::write_timeout, soon), tcp_pair(4096));
  ssl_stream& s = d->stream();
  std::string sent;
  for (int i = 0; sent.size() < (16 << 20); ++i) sent += piece(i);
  EXPECT_FALSE(s.write(sent.data(), static_cast<std::streamsize>(sent.size())));
  expect_timed_out(s);
  for (int i = 0; i != 2; ++i) {
    s << "more" << std::flush;
    expect_timed_out(s);
  }
  std::string received;
  task peer([&] { received = d->peer().read_to_end(); });
  d->destroy_stream();
  peer.join();
  EXPECT_LT(received.size(), sent.size());
  EXPECT_TRUE(received == sent.substr(0, received.size()));
  EXPECT_EQ(d->peer().end(), peer_end::failed) << "the peer takes what it has for all";
}

TEST_P(timeouts, of_writing_leave_reading_usable) {
  const auto d =
      started(GetParam(), with(&connection_options::write_timeout, soon), tcp_pair(4096));
  ssl_stream& s = d->stream();
  EXPECT_FALSE(s << std::string(16 << 20, 'b') << std::flush);
  expect_timed_out(s);
  ASSERT_TRUE(d->peer().write("hello\n"));
  std::string line;
  EXPECT_TRUE(std::getline(s, line)) << s.error().message();
  EXPECT_EQ(line, "hello");
}

TEST(write_timeout, ends_two_peers_that_both_write_before_they_read) {
  context_options server = server_options(), client = client_options();
  for (context_options* o : {&server, &client}) {
    o->write_timeout = 5 * soon;
    o->close_timeout = milliseconds(0);
  }
  descriptor_pair pair = socket_pair();
  const auto a = make_stream(role::server, std::move(pair.a), server);
  const auto b = make_stream(role::client, std::move(pair.b), client);
  const std::string block(8 << 20, 'b');
  task other([&] { *a << block << std::flush; });
  *b << block << std::flush;
  other.join();
  expect_timed_out(*a);
  expect_timed_out(*b);
}

TEST_P(timeouts, are_not_needed_for_a_request_without_flush) {
  const auto d = started(GetParam(), with(&connection_options::read_timeout, too_long));
  task peer([&] {
    EXPECT_EQ(d->peer().read_line(), "question");
    EXPECT_TRUE(d->peer().write("answer\n"));
  });
  std::string line;
  d->stream() << "question\n";
  EXPECT_TRUE(std::getline(d->stream(), line));
  EXPECT_EQ(line, "answer");
}

// A wait that spins would need as much time of the processor as it lasts.
class idle_waits : public testing::TestWithParam<variant> {
 protected:
  template <class Wait>
  static void expect_idle(Wait wait, microseconds limit) {
    const auto start = steady_clock::now();
    const auto before = cpu_time();
    wait();
    const auto used = cpu_time() - before;
    EXPECT_GE(steady_clock::now() - start, length);
    EXPECT_LT(used, limit);
  }

  static constexpr milliseconds length{400};
};
constexpr milliseconds idle_waits::length;

INSTANTIATE_TEST_SUITE_P(, idle_waits, all_variants(), variant_name);

TEST_P(idle_waits, for_input) {
  const auto d = started(GetParam(), with(&connection_options::read_timeout, length));
  expect_idle([&] { d->stream().get(); }, length / 20);
  expect_timed_out(d->stream());
}

TEST_P(idle_waits, for_room) {
  const auto d =
      started(GetParam(), with(&connection_options::write_timeout, length), tcp_pair(4096));
  const std::string block(8000, 'b');
  expect_idle(
      [&] {
        while (d->stream() << block << std::flush) {
        }
      },
      length / 4);  // encrypting what finds room takes some
  expect_timed_out(d->stream());
}

}  // namespace
}  // namespace iostls
