// SPDX-License-Identifier: Apache-2.0
// expires_after() and expires_at(): which operations they limit, and what is left of the connection afterwards.
#include <chrono>
#include <string>

#include <gtest/gtest.h>
#include <iostls/iostls.hpp>

#include "dialogue.hpp"
#include "limited_in_time.hpp"
#include "socket_calls.hpp"
#include "task.hpp"

namespace iostls {
namespace {

using namespace test;
using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

class expiry : public limited_in_time {};

INSTANTIATE_TEST_SUITE_P(, expiry, all_variants(), variant_name);

TEST_P(expiry, goes_for_all_operations_until_it_is_set_anew) {
  const auto d = started(GetParam(), no_timeouts);
  ssl_stream& s = d->stream();
  s.expires_after(soon);
  EXPECT_LE(s.expiry(), steady_clock::now() + soon);
  for (int i = 0; i != 2; ++i) {
    s.get();
    expect_timed_out(s);
  }
  s.expires_never();
  EXPECT_EQ(s.expiry(), (steady_clock::time_point::max)());
  expect_usable(*d);
}

TEST_P(expiry, does_not_restart_with_each_byte) {
  distant remote(GetParam(), no_timeouts);
  remote.handshake();
  remote.drip(milliseconds(20));
  ASSERT_TRUE(remote.d.peer().write(std::string(10000, 'x')));
  remote.d.stream().expires_after(milliseconds(300));
  std::string line;
  EXPECT_FALSE(std::getline(remote.d.stream(), line));
  expect_timed_out(remote.d.stream());
  remote.wire.cut();
}

TEST_P(expiry, goes_before_a_timeout_that_is_longer) {
  const auto d =
      started(GetParam(), with(&connection_options::read_timeout, std::chrono::hours(1)));
  d->stream().expires_after(soon);
  EXPECT_EQ(d->stream().get(), std::char_traits<char>::eof());
  expect_timed_out(d->stream());
}

TEST_P(expiry, lets_what_is_there_be_read) {
  const auto d = started(GetParam(), no_timeouts);
  ASSERT_TRUE(d->peer().write("x"));
  d->stream().expires_at(steady_clock::now() - seconds(1));
  EXPECT_EQ(d->stream().get(), 'x');
  d->stream().get();
  expect_timed_out(d->stream());
}

TEST_P(expiry, does_not_keep_close_from_sending) {
  const auto d = started(GetParam());
  d->stream() << "all of it";
  d->stream().expires_at(steady_clock::now() - seconds(1));
  std::string received;
  task peer([&] { d->answer_close(&received); });
  d->stream().close();
  EXPECT_TRUE(d->stream().good()) << d->stream().error().message();
  peer.join();
  EXPECT_EQ(received, "all of it");
}

// As programs use asio's tcp::iostream.
TEST(expiry_of_a_client, may_be_set_before_it_connects) {
  context_options options = client_options();
  options.close_timeout = milliseconds(0);
  options.handshake_on_connect = false;
  const listening silent = listen_on_loopback();
  ssl_client_stream s;
  s.expires_after(milliseconds(200));
  const auto start = steady_clock::now();
  s.connect("127.0.0.1", std::to_string(silent.port), options);
  EXPECT_TRUE(s.good()) << s.error().message();
  s << "request\n" << std::flush;
  expect_timed_out(s);
  EXPECT_LT(steady_clock::now() - start, too_long);
}

// Connections that nobody accepts, so many that the system lets the next one wait.
class busy_listener {
 public:
  busy_listener() : listener_(listen_on_loopback(0)) {
    for (descriptor& fd : callers_) fd = connecting_to(listener_.port);
  }
  std::string port() const { return std::to_string(listener_.port); }

 private:
  listening listener_;
  descriptor callers_[4];
};

TEST(expiry_of_a_client, bounds_connecting) {
  const busy_listener busy;
  ssl_client_stream s;
  s.expires_after(soon);
  const auto start = steady_clock::now();
  s.connect("127.0.0.1", busy.port(), client_options());
  EXPECT_TRUE(s.fail());
  EXPECT_FALSE(s.is_open());
  EXPECT_EQ(s.error(), ssl_errc::timed_out) << s.error().message();
  EXPECT_LT(steady_clock::now() - start, too_long);
}

}  // namespace
}  // namespace iostls
