// SPDX-License-Identifier: Apache-2.0
// Names with several addresses, some of which swallow packets or refuse (RFC 8305).
#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <iostls/ssl_error.hpp>
#include <iostls/ssl_stream.hpp>
#include <iostls/tcp.hpp>

#include "blocked_operation.hpp"
#include "descriptor.hpp"
#include "fake_resolver.hpp"
#include "fixture.hpp"
#include "process.hpp"
#include "task.hpp"
#include "tcp_ends.hpp"
#include "tcp_sockets.hpp"

namespace iostls {
namespace {

using namespace test;
using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

// 127.0.0.1 is silent at this port, 127.0.0.2 answers, and others refuse.
struct silent_and_live {
  full_listener silent;
  std::string service = std::to_string(silent.listener.port);
  tcp_listener live{"127.0.0.2", service};
};

ssl_error failure_to_connect(const std::string& service, milliseconds limit) {
  return failure_of([&] { descriptor(connect_tcp("host.test", service, in(limit))); });
}

// Far less than the deadline, which an address that is waited for would use up.
TEST(connecting_by_name, is_not_held_up_by_an_address_that_says_nothing) {
  silent_and_live ends;
  const named_addresses name("host.test", {"127.0.0.1", "127.0.0.2"});
  const auto start = steady_clock::now();
  const descriptor client(connect_tcp("host.test", ends.service, in(seconds(30))));
  EXPECT_GE(steady_clock::now() - start, milliseconds(200)) << "the first had no head start";
  EXPECT_LT(steady_clock::now() - start, seconds(5));
  const descriptor server(ends.live.accept(in(seconds(10))));
  expect_connected(client, server);
  expect_well_prepared(client.get());
}

TEST(connecting_by_name, is_not_held_up_without_a_deadline_either) {
  silent_and_live ends;
  const named_addresses name("host.test", {"127.0.0.1", "127.0.0.2"});
  const auto start = steady_clock::now();
  const descriptor client(connect_tcp("host.test", ends.service));
  EXPECT_LT(steady_clock::now() - start, seconds(5));
}

// Forty head starts would be ten seconds.
TEST(connecting_by_name, goes_on_at_once_where_it_is_refused) {
  silent_and_live ends;
  for (const char* const first : {"127.0.0.3", "127.0.0.1"}) {
    std::vector<std::string> addresses(40, "127.0.0.3");
    addresses.front() = first;
    addresses.emplace_back("127.0.0.2");
    const named_addresses name("host.test", addresses);
    const auto start = steady_clock::now();
    const descriptor client(connect_tcp("host.test", ends.service, in(seconds(30))));
    EXPECT_LT(steady_clock::now() - start, seconds(5));
  }
}

// The system repeats what it sent after a second.
TEST(connecting_by_name, still_takes_an_address_that_answers_late) {
  const full_listener silent;
  const named_addresses name("host.test", {"127.0.0.1", "127.0.0.3"});
  descriptor client;
  blocked_operation connecting([&] {
    client.reset(connect_tcp("host.test", std::to_string(silent.listener.port), in(seconds(30))));
  });
  EXPECT_TRUE(connecting.is_blocked());
  tcp_listener accepting = tcp_listener::adopt(::dup(silent.listener.fd.get()));
  std::vector<descriptor> accepted;
  while (!connecting.ended_within(milliseconds(10))) {
    try {
      accepted.emplace_back(accepting.accept(in(milliseconds(10))));
    } catch (const ssl_error& e) {
      ASSERT_EQ(e.code(), ssl_errc::timed_out) << e.what();
    }
  }
  connecting.join();
  EXPECT_TRUE(client);
}

TEST(connecting_by_name, gives_up_all_addresses_at_its_deadline) {
  const full_listener silent;
  const named_addresses name("host.test", {"127.0.0.1", "127.0.0.1", "127.0.0.1"});
  const auto start = steady_clock::now();
  const ssl_error e = failure_to_connect(std::to_string(silent.listener.port), milliseconds(300));
  EXPECT_EQ(e.code(), ssl_errc::timed_out) << e.what();
  EXPECT_LT(steady_clock::now() - start, seconds(5));
  EXPECT_TRUE(mentions(e, "1 not tried")) << e.what();
}

TEST(connecting_by_name, says_of_each_address_why_it_was_not_the_one) {
  const full_listener silent;
  const std::string service = std::to_string(silent.listener.port);
  const named_addresses name("host.test", {"127.0.0.3", "127.0.0.1"});
  const ssl_error e = failure_to_connect(service, milliseconds(100));
  EXPECT_EQ(e.operation(), "connect");
  EXPECT_TRUE(mentions(e, "host.test:" + service + ": 127.0.0.3:" + service +
                              ": Connection refused; 127.0.0.1:" + service + ": timed out"))
      << e.what();
}

TEST(connecting_by_name, says_a_reason_once_that_all_addresses_share) {
  const deaf_port port;
  const named_addresses name("host.test", {"127.0.0.1", "127.0.0.2"});
  const ssl_error e = failure_to_connect(port.service, seconds(30));
  EXPECT_EQ(std::string(e.what()),
            "iostls: connect: Connection refused: host.test:" + port.service +
                " (127.0.0.1:" + port.service + ", 127.0.0.2:" + port.service + ")");
}

TEST(connecting_by_name, tries_both_protocols_in_turn) {
  const deaf_port port;
  const named_addresses name("host.test", {"127.0.0.1", "127.0.0.2", "127.0.0.3", "::1"});
  const ssl_error e = failure_to_connect(port.service, seconds(30));
  const std::string what = e.what();
  EXPECT_LT(what.find("127.0.0.1:"), what.find("[::1]:")) << what;
  EXPECT_LT(what.find("[::1]:"), what.find("127.0.0.2:")) << what;
  EXPECT_LT(what.find("127.0.0.2:"), what.find("127.0.0.3:")) << what;
}

TEST(connecting_by_name, reports_an_answer_rather_than_a_want_of_a_route) {
  const deaf_port port;
  for (const std::vector<std::string>& order :
       {std::vector<std::string>{"127.0.0.1", "255.255.255.255"},
        {"255.255.255.255", "127.0.0.1"}}) {
    const named_addresses name("host.test", order);
    const ssl_error e = failure_to_connect(port.service, seconds(30));
    EXPECT_EQ(e.code(), std::errc::connection_refused) << e.what();
  }
}

TEST(connecting_by_name, does_not_fill_a_log_with_addresses) {
  const deaf_port port;
  const named_addresses name("host.test", std::vector<std::string>(500, "127.0.0.1"));
  const ssl_error e = failure_to_connect(port.service, seconds(30));
  EXPECT_LT(std::string(e.what()).size(), 600U) << e.what();
  EXPECT_TRUE(mentions(e, "and 492 more")) << e.what();
}

TEST(client_stream, connects_past_an_address_that_says_nothing) {
  silent_and_live ends;
  const named_addresses name("localhost", {"127.0.0.1", "127.0.0.2"});
  const task serving([&] {
    ssl_server_stream s = ends.live.accept(ssl_context::server(server_options()), in(seconds(30)));
    std::string line;
    if (std::getline(s, line)) s << "you said: " << line << '\n';
  });
  const auto start = steady_clock::now();
  ssl_client_stream s("localhost", ends.service, ssl_context::client(client_options()));
  s << "hello\n";
  std::string line;
  EXPECT_TRUE(std::getline(s, line)) << (s.last_error() ? s.last_error()->what() : "the end");
  EXPECT_EQ(line, "you said: hello");
  EXPECT_LT(steady_clock::now() - start, seconds(10));
}

TEST(client_stream, is_canceled_while_several_addresses_are_silent) {
  const full_listener silent;
  const named_addresses name("localhost", {"127.0.0.1", "127.0.0.1"});
  ssl_client_stream s;
  blocked_operation connecting([&] {
    s.connect("localhost", std::to_string(silent.listener.port),
              ssl_context::client(client_options()));
  });
  EXPECT_TRUE(connecting.is_blocked());
  const auto start = steady_clock::now();
  s.cancel();
  connecting.join();
  EXPECT_LT(steady_clock::now() - start, seconds(5));
  EXPECT_EQ(s.error(), ssl_errc::canceled);
}

}  // namespace
}  // namespace iostls
