// SPDX-License-Identifier: Apache-2.0
// Name servers that do not answer: a deadline holds, and so does cancel().
#include <chrono>
#include <string>

#include <gtest/gtest.h>
#include <pthread.h>
#include <iostls/ssl_error.hpp>
#include <iostls/ssl_stream.hpp>
#include <iostls/tcp.hpp>

#include "blocked_operation.hpp"
#include "canceled_thread.hpp"
#include "descriptor.hpp"
#include "fake_resolver.hpp"
#include "fixture.hpp"
#include "process.hpp"
#include "sanitizers.hpp"
#include "tcp_ends.hpp"

namespace iostls {
namespace {

using namespace test;
using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

// As many look-ups as have a thread of their own at a time.
constexpr std::size_t most_at_a_time = 128;

// Each time another one: a look-up of the last test may not have ended yet, and would be shared.
std::string silent_name() {
  static int number = 0;
  return 'n' + std::to_string(++number) + ".silent.test";
}

ssl_error failure_within(milliseconds limit, const std::string& name = silent_name()) {
  return failure_of([&] { descriptor(connect_tcp(name, "443", in(limit))); });
}

// Nobody waits for them any more.
void occupy_all_threads() {
  for (std::size_t i = 0; i != most_at_a_time; ++i) failure_within(milliseconds(0));
}

TEST(name_lookup, ends_at_the_deadline) {
  const silent_name_server silence;
  const auto start = steady_clock::now();
  const ssl_error e = failure_within(milliseconds(50));
  EXPECT_EQ(e.code(), ssl_errc::timed_out) << e.what();
  EXPECT_EQ(e.operation(), "connect");
  EXPECT_TRUE(mentions(e, "silent.test:443: no answer from the name servers")) << e.what();
  EXPECT_LT(steady_clock::now() - start, seconds(5));
}

TEST(name_lookup, is_bounded_by_the_handshake_timeout_of_a_stream) {
  const silent_name_server silence;
  connection_options options;
  options.handshake_timeout = milliseconds(50);
  const auto start = steady_clock::now();
  const ssl_client_stream s(silent_name(), "443", ssl_context::client(client_options()), options);
  EXPECT_TRUE(s.fail());
  EXPECT_EQ(s.error(), ssl_errc::timed_out);
  EXPECT_LT(steady_clock::now() - start, seconds(5));
}

TEST(name_lookup, ends_when_a_stream_is_canceled) {
  const silent_name_server silence;
  ssl_client_stream s;
  blocked_operation connecting(
      [&] { s.connect(silent_name(), "443", ssl_context::client(client_options())); });
  EXPECT_TRUE(silent_name_server::is_asked(1));
  const auto start = steady_clock::now();
  s.cancel();
  connecting.join();
  EXPECT_LT(steady_clock::now() - start, seconds(5));
  EXPECT_EQ(s.error(), ssl_errc::canceled);
}

TEST(name_lookup, is_waited_for_within_the_deadline) {
  const silent_name_server silence;
  tcp_listener listener("127.0.0.1");
  descriptor client;
  blocked_operation connecting(
      [&] { client.reset(connect_tcp(silent_name(), service_of(listener), in(seconds(30)))); });
  EXPECT_TRUE(silent_name_server::is_asked(1));
  EXPECT_TRUE(connecting.is_blocked());
  silent_name_server::answer();
  connecting.join();
  const descriptor server(listener.accept(in(seconds(10))));
  expect_connected(client, server);
}

TEST(name_lookup, does_not_pile_up_threads) {
  const silent_name_server silence;
  occupy_all_threads();
  EXPECT_TRUE(silent_name_server::is_asked(most_at_a_time));
  const ssl_error e = failure_within(milliseconds(50));
  EXPECT_EQ(e.code(), ssl_errc::timed_out) << e.what();
  EXPECT_TRUE(mentions(e, "128 look-ups of other names are waiting for their name servers"))
      << e.what();
  EXPECT_EQ(silent_name_server::asked(), most_at_a_time);
}

TEST(name_lookup, of_a_name_that_is_being_looked_up_waits_for_that) {
  const silent_name_server silence;
  const std::string name = silent_name();
  for (int i = 0; i != 10; ++i) failure_within(milliseconds(0), name);
  EXPECT_TRUE(silent_name_server::is_asked(1));
  EXPECT_EQ(silent_name_server::asked(), 1U);
  tcp_listener listener("127.0.0.1");
  const auto connect = [&] {
    descriptor(connect_tcp(name, service_of(listener), in(seconds(30))));
  };
  blocked_operation one(connect), two(connect);
  EXPECT_TRUE(one.is_blocked());
  EXPECT_TRUE(two.is_blocked());
  EXPECT_EQ(silent_name_server::asked(), 2U) << "one for each port";
  silent_name_server::answer();
  one.join();
  two.join();
}

TEST(name_lookup, of_this_machine_needs_no_name_server) {
  const silent_name_server silence;
  occupy_all_threads();
  tcp_listener listener("127.0.0.1");
  const named_addresses name("localhost", {"127.0.0.1"});
  const descriptor client(connect_tcp("localhost", service_of(listener), in(seconds(30))));
  const descriptor server(listener.accept(in(seconds(10))));
  expect_connected(client, server);
}

TEST(name_lookup, finds_a_thread_again_once_the_name_servers_answer) {
  tcp_listener listener("127.0.0.1");
  {
    const silent_name_server silence;
    occupy_all_threads();
  }
  const descriptor client(connect_tcp(silent_name(), service_of(listener), in(seconds(30))));
  const descriptor server(listener.accept(in(seconds(10))));
  expect_connected(client, server);
}

TEST(name_lookup, that_waits_for_a_thread_can_be_canceled) {
  const silent_name_server silence;
  occupy_all_threads();
  ssl_client_stream s;
  blocked_operation connecting(
      [&] { s.connect(silent_name(), "443", ssl_context::client(client_options())); });
  EXPECT_TRUE(connecting.is_blocked());
  s.cancel();
  EXPECT_TRUE(connecting.ended_within(seconds(5)));
  connecting.join();
  EXPECT_EQ(s.error(), ssl_errc::canceled);
}

TEST(name_lookup, of_an_address_needs_no_thread) {
  const silent_name_server silence;
  occupy_all_threads();
  tcp_listener listener("127.0.0.1");
  const descriptor client(connect_tcp("127.0.0.1", service_of(listener), in(seconds(30))));
  const descriptor server(listener.accept(in(seconds(10))));
  expect_connected(client, server);
}

TEST(name_lookup, in_a_fork_is_not_kept_waiting_by_those_of_its_parent) {
  if (IOSTLS_TEST_TSAN != 0) GTEST_SKIP() << "ThreadSanitizer lets a fork start no threads";
  const silent_name_server silence;
  occupy_all_threads();
  EXPECT_TRUE(silent_name_server::is_asked(most_at_a_time));
  tcp_listener listener("127.0.0.1");
  const named_addresses name("host.test", {"127.0.0.1"});
  const child_result r = run_in_child([&] {
    const descriptor client(connect_tcp("host.test", service_of(listener), in(seconds(10))));
    return client ? 0 : 1;
  });
  EXPECT_EQ(r, (child_result{0, 0}));
}

#ifdef __GLIBCXX__  // with libc++, canceled threads may not unwind
TEST(name_lookup, unwinds_when_its_thread_is_canceled) {
  const silent_name_server silence;
  canceled_thread waiting([] { descriptor(connect_tcp(silent_name(), "443", in(seconds(30)))); });
  EXPECT_TRUE(silent_name_server::is_asked(1));
  waiting.cancel();
  EXPECT_TRUE(waiting.has_unwound());
}
#endif

// A program that handles a signal on the threads that it knows of.
TEST(name_lookup, handles_no_signals) {
  tcp_listener listener("127.0.0.1");
  const named_addresses name("host.test", {"127.0.0.1"});
  const descriptor client(connect_tcp("host.test", service_of(listener), in(seconds(30))));
  EXPECT_FALSE(latest_look_up_takes_signals());
  const descriptor other(connect_tcp("host.test", service_of(listener)));
  EXPECT_TRUE(latest_look_up_takes_signals()) << "without a deadline, no thread is needed";
}

#ifdef __GLIBC__

TEST(name_lookup, is_done_in_place_where_no_thread_can_be_started) {
  if (IOSTLS_TEST_TSAN != 0) GTEST_SKIP() << "ThreadSanitizer lets a fork start no threads";
  tcp_listener listener("127.0.0.1");
  const named_addresses name("host.test", {"127.0.0.1"});
  const child_result r = run_in_child([&] {
    pthread_attr_t attributes;
    ::pthread_attr_init(&attributes);
    ::pthread_attr_setstacksize(&attributes, std::size_t(1) << 46);
    if (::pthread_setattr_default_np(&attributes) != 0) return 2;
    const descriptor client(connect_tcp("host.test", service_of(listener), in(seconds(10))));
    return latest_look_up_takes_signals() ? 0 : 1;
  });
  EXPECT_EQ(r, (child_result{0, 0}));
}

#endif

}  // namespace
}  // namespace iostls
