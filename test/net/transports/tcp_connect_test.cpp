// SPDX-License-Identifier: Apache-2.0
// Connecting by name.
#include <chrono>
#include <string>

#include <gtest/gtest.h>
#include <iostls/iostls.hpp>
#include <iostls/tcp.hpp>

#include "descriptor.hpp"
#include "fake_resolver.hpp"
#include "fixture.hpp"
#include "task.hpp"
#include "tcp_ends.hpp"
#include "tcp_sockets.hpp"

namespace iostls {
namespace {

using namespace test;
using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

void expect_reachable(const std::string& listening_host, const std::string& host) {
  tcp_listener listener(listening_host);
  const descriptor client(connect_tcp(host, service_of(listener), in(seconds(10))));
  const descriptor server(listener.accept(in(seconds(10))));
  expect_connected(client, server);
}

TEST(connect_tcp, reaches_an_address) { expect_reachable("127.0.0.1", "127.0.0.1"); }

TEST(connect_tcp, reaches_a_name) { expect_reachable("localhost", "localhost"); }

TEST(connect_tcp, reaches_who_listens_everywhere) { expect_reachable("", "127.0.0.1"); }

TEST(connect_tcp, reaches_an_ipv6_address) {
  if (!has_ipv6()) GTEST_SKIP() << "this system has no ::1";
  expect_reachable("::1", "::1");
  expect_reachable("", "::1");
}

TEST(connect_tcp, tries_all_addresses_of_a_name) {
  if (!has_ipv6()) GTEST_SKIP() << "this system has no ::1";
  const named_addresses both("both.test", {"::1", "127.0.0.1"});
  expect_reachable("127.0.0.1", "both.test");
  expect_reachable("::1", "both.test");
}

TEST(connect_tcp, makes_a_descriptor_that_blocks_and_does_not_delay) {
  tcp_listener listener("127.0.0.1");
  const descriptor plain(connect_tcp("127.0.0.1", service_of(listener)));
  const descriptor with_deadline(connect_tcp("127.0.0.1", service_of(listener), in(seconds(10))));
  expect_well_prepared(plain.get());
  expect_well_prepared(with_deadline.get());
}

TEST(connect_tcp, tells_why_it_was_refused_and_by_whom) {
  const deaf_port port;
  for (const auto& deadline : {in(seconds(10)), (steady_clock::time_point::max)()}) {
    const ssl_error e =
        failure_of([&] { static_cast<void>(connect_tcp("127.0.0.1", port.service, deadline)); });
    EXPECT_EQ(e.code(), ssl_errc::system_error);
    EXPECT_EQ(e.code(), std::errc::connection_refused) << e.what();
    EXPECT_EQ(e.operation(), "connect");
    EXPECT_TRUE(mentions(e, "127.0.0.1")) << e.what();
    EXPECT_TRUE(mentions(e, port.service)) << e.what();
  }
}

TEST(connect_tcp, puts_brackets_around_an_ipv6_address_that_it_does_not_reach) {
  const deaf_port port;
  const ssl_error e =
      failure_of([&] { static_cast<void>(connect_tcp("::1", port.service, in(seconds(10)))); });
  EXPECT_TRUE(mentions(e, "[::1]:" + port.service)) << e.what();
}

TEST(connect_tcp, tells_which_name_has_no_address) {
  const ssl_error e =
      failure_of([] { static_cast<void>(connect_tcp("nowhere.test", "443", in(seconds(10)))); });
  EXPECT_EQ(e.code(), ssl_errc::system_error) << e.what();
  EXPECT_EQ(e.operation(), "connect");
  EXPECT_TRUE(mentions(e, "nowhere.test")) << e.what();
}

TEST(connect_tcp, refuses_a_name_with_a_nul) {
  const std::string name("127.0.0.1\0.evil", 15);
  tcp_listener listener("127.0.0.1");
  const ssl_error e = failure_of(
      [&] { static_cast<void>(connect_tcp(name, service_of(listener), in(seconds(10)))); });
  EXPECT_EQ(e.code(), ssl_errc::system_error) << e.what();
}

TEST(connect_tcp, refuses_an_unknown_service) {
  const ssl_error e = failure_of(
      [] { static_cast<void>(connect_tcp("127.0.0.1", "no-such-service", in(seconds(10)))); });
  EXPECT_EQ(e.code(), ssl_errc::system_error) << e.what();
  EXPECT_TRUE(mentions(e, "no-such-service")) << e.what();
}

TEST(connect_tcp, refuses_a_service_with_a_nul) {
  tcp_listener listener("127.0.0.1");
  const std::string service = service_of(listener) + std::string("\0junk", 5);
  const ssl_error e =
      failure_of([&] { static_cast<void>(connect_tcp("127.0.0.1", service, in(seconds(10)))); });
  EXPECT_EQ(e.code(), ssl_errc::system_error) << e.what();
}

// strtoul(3) takes these for numbers, and so do C libraries, some of which cut them down to 16 bits.
TEST(connect_tcp, refuses_a_number_that_is_not_written_as_one) {
  tcp_listener listener("127.0.0.1");
  const std::string service = service_of(listener);
  const std::string more = std::to_string(listener.port() + 65536);
  for (const std::string& wrong :
       {'+' + service, '+' + more, ' ' + service, ' ' + more, "\t" + service, "\n +" + service,
        more, '-' + std::to_string(65536 - listener.port()), std::string("+1"),
        std::string(" 1")}) {
    const ssl_error e =
        failure_of([&] { static_cast<void>(connect_tcp("127.0.0.1", wrong, in(seconds(10)))); });
    EXPECT_EQ(e.code(), ssl_errc::system_error) << wrong;
    EXPECT_STREQ(e.code().category().name(), "resolver") << e.what();
  }
}

TEST(connect_tcp, gives_up_at_its_deadline) {
  const full_listener full;
  const std::string service = std::to_string(full.listener.port);
  const auto start = steady_clock::now();
  const ssl_error e = failure_of(
      [&] { static_cast<void>(connect_tcp("127.0.0.1", service, in(milliseconds(100)))); });
  EXPECT_EQ(e.code(), ssl_errc::timed_out) << e.what();
  EXPECT_EQ(e.operation(), "connect");
  EXPECT_TRUE(mentions(e, "127.0.0.1")) << e.what();
  EXPECT_TRUE(mentions(e, service)) << e.what();
  EXPECT_GE(steady_clock::now() - start, milliseconds(90));
  EXPECT_LT(steady_clock::now() - start, seconds(10));
}

// A client that verifies has to know whom.
TEST(client_stream, does_not_connect_to_a_host_without_a_name) {
  const tcp_listener nobody("localhost");
  context_options options;
  options.ca_certificates = pem_text(test_authority().certificate());
  const ssl_context context = ssl_context::client(options);
  ssl_client_stream s;
  try {
    s.connect("", std::to_string(nobody.port()), context);
    ADD_FAILURE() << "it has connected";
  } catch (const ssl_error& e) {
    EXPECT_EQ(e.code(), ssl_errc::bad_configuration) << e.what();
    EXPECT_EQ(e.operation(), "server_name");
  }
  EXPECT_FALSE(wait_readable(nobody.fd(), std::chrono::milliseconds(0)));
}

TEST(port, may_be_a_number_wherever_a_service_is_named) {
  tcp_listener listener("127.0.0.1", 0);
  const int port = listener.port();
  ASSERT_NE(port, 0);
  {
    const descriptor client(connect_tcp("127.0.0.1", port, in(seconds(10))));
    expect_connected(client, descriptor(listener.accept(in(seconds(10)))));
  }
  task serving([&] {
    const auto context = ssl_context::server(server_options());
    for (int i = 0; i != 6; ++i) {
      ssl_server_stream s = listener.accept(context, in(seconds(10)));
      s << i << std::endl;
      s.close();
    }
  });
  const auto context = ssl_context::client(client_options());
  const auto expect_answer = [](ssl_client_stream& s, int expected) {
    int answer = -1;
    EXPECT_TRUE(s >> answer) << s.error().message();
    EXPECT_EQ(answer, expected);
    s.close();
  };
  ssl_client_stream with_context("127.0.0.1", port, context);
  expect_answer(with_context, 0);
  ssl_client_stream with_options("127.0.0.1", port, client_options());
  expect_answer(with_options, 1);
  ssl_client_stream s;
  s.connect("127.0.0.1", port, context);
  expect_answer(s, 2);
  s.connect("127.0.0.1", port, context, connection_options());
  expect_answer(s, 3);
  s.connect("127.0.0.1", listener.port(), client_options());  // an unsigned short
  expect_answer(s, 4);
  s.connect("127.0.0.1", std::to_string(port), context);
  expect_answer(s, 5);
}

TEST(port, that_is_none_is_a_wrong_option) {
  for (const int wrong : {-1, 65536, 1000000}) {
    ssl_client_stream s;
    for (const ssl_error& e : {failure_of([&] { connect_tcp("127.0.0.1", wrong); }),
                               failure_of([&] { tcp_listener listener("", wrong); }),
                               failure_of([&] { s.connect("127.0.0.1", wrong); })}) {
      EXPECT_EQ(e.code(), ssl_errc::bad_configuration);
      EXPECT_TRUE(mentions(e, std::to_string(wrong) + " is not between 0 and 65535")) << e.what();
    }
  }
}

}  // namespace
}  // namespace iostls
