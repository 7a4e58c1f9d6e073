// SPDX-License-Identifier: Apache-2.0
// Listening, and accepting.
#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <list>
#include <string>
#include <utility>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <pthread.h>
#include <iostls/ssl_error.hpp>
#include <iostls/tcp.hpp>

#include "blocked_operation.hpp"
#include "descriptor.hpp"
#include "event.hpp"
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

TEST(tcp_listener, hands_out_descriptors_that_block_and_do_not_delay) {
  tcp_listener listener("127.0.0.1");
  const descriptor client(connect_tcp("127.0.0.1", service_of(listener)));
  const descriptor server(listener.accept());
  expect_well_prepared(server.get());
  EXPECT_EQ(::fcntl(listener.fd(), F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
}

TEST(tcp_listener, chooses_a_free_port_each_time) {
  const tcp_listener a("127.0.0.1"), b("127.0.0.1");
  EXPECT_NE(a.port(), 0);
  EXPECT_NE(a.port(), b.port());
}

TEST(tcp_listener, waits_for_a_client) {
  tcp_listener listener("127.0.0.1");
  descriptor client;
  task connecting([&] { client.reset(connect_tcp("127.0.0.1", service_of(listener))); });
  const descriptor server(listener.accept());
  connecting.join();
  expect_connected(client, server);
}

TEST(tcp_listener, gives_up_at_its_deadline) {
  tcp_listener listener("127.0.0.1");
  const auto start = steady_clock::now();
  const ssl_error e = failure_of([&] { static_cast<void>(listener.accept(in(milliseconds(50)))); });
  EXPECT_EQ(e.code(), ssl_errc::timed_out) << e.what();
  EXPECT_EQ(e.operation(), "accept");
  EXPECT_GE(steady_clock::now() - start, milliseconds(50));
}

TEST(tcp_listener, is_usable_after_a_deadline) {
  tcp_listener listener("127.0.0.1");
  failure_of([&] { static_cast<void>(listener.accept(in(milliseconds(1)))); });
  const descriptor client(connect_tcp("127.0.0.1", service_of(listener)));
  const descriptor server(listener.accept(in(seconds(10))));
  expect_connected(client, server);
}

TEST(tcp_listener, outlives_a_client_that_was_gone_before_it_was_accepted) {
  tcp_listener listener("127.0.0.1");
  reset_connection(descriptor(connect_tcp("127.0.0.1", service_of(listener))));
  const descriptor client(connect_tcp("127.0.0.1", service_of(listener)));
  EXPECT_TRUE(write_raw(client.get(), "ping"));
  // Some systems pass on the connection that is gone, which then reads as ended.
  std::string heard;
  for (int i = 0; i != 2 && heard.empty(); ++i) {
    const descriptor server(listener.accept(in(seconds(10))));
    heard = read_raw(server.get(), 4);
  }
  EXPECT_EQ(heard, "ping");
}

TEST(tcp_listener, that_is_closed_accepts_nobody) {
  tcp_listener listener("127.0.0.1");
  const std::string service = service_of(listener);
  listener.close();
  listener.close();
  EXPECT_EQ(listener.fd(), -1);
  const ssl_error closed = failure_of([&] { static_cast<void>(listener.accept()); });
  EXPECT_EQ(closed.code(), ssl_errc::closed) << closed.what();
  EXPECT_EQ(closed.operation(), "accept");
  const ssl_error refused =
      failure_of([&] { static_cast<void>(connect_tcp("127.0.0.1", service, in(seconds(10)))); });
  EXPECT_EQ(refused.code(), std::errc::connection_refused) << refused.what();
}

TEST(tcp_listener, moves) {
  tcp_listener first("127.0.0.1");
  const unsigned short port = first.port();
  const int fd = first.fd();
  tcp_listener second(std::move(first));
  EXPECT_EQ(second.port(), port);
  EXPECT_EQ(second.fd(), fd);
  EXPECT_EQ(first.fd(), -1);  // NOLINT(bugprone-use-after-move): what is left of it
  tcp_listener third("127.0.0.1");
  third = std::move(second);
  EXPECT_EQ(third.fd(), fd);
  const descriptor client(connect_tcp("127.0.0.1", std::to_string(port)));
  const descriptor server(third.accept(in(seconds(10))));
  expect_connected(client, server);
}

TEST(tcp_listener, tells_that_a_port_is_taken) {
  const tcp_listener first("127.0.0.1");
  const ssl_error e = failure_of([&] { tcp_listener("127.0.0.1", service_of(first)); });
  EXPECT_EQ(e.code(), std::errc::address_in_use) << e.what();
  EXPECT_EQ(e.operation(), "listen");
  EXPECT_TRUE(mentions(e, service_of(first))) << e.what();
}

TEST(tcp_listener, tells_that_an_address_is_not_ours) {
  const ssl_error e = failure_of([] { tcp_listener("192.0.2.1"); });
  EXPECT_EQ(e.code(), std::errc::address_not_available) << e.what();
  EXPECT_TRUE(mentions(e, "192.0.2.1")) << e.what();
}

// "localhost" is both 127.0.0.1 and ::1: a client that connects by name would reach the other server.
TEST(tcp_listener, does_not_take_another_address_of_a_name_whose_port_is_taken) {
  const named_addresses name("both.test", {"127.0.0.1", "127.0.0.2"});
  const tcp_listener first("both.test");
  const ssl_error e = failure_of([&] { tcp_listener("both.test", service_of(first)); });
  EXPECT_EQ(e.code(), std::errc::address_in_use) << e.what();
  EXPECT_TRUE(mentions(e, "both.test:" + service_of(first))) << e.what();
}

TEST(tcp_listener, of_localhost_tells_that_a_port_is_taken) {
  const tcp_listener first("localhost");
  const ssl_error e = failure_of([&] { tcp_listener("localhost", service_of(first)); });
  EXPECT_EQ(e.code(), std::errc::address_in_use) << e.what();
}

TEST(tcp_listener, takes_the_first_address_of_a_name_that_is_ours) {
  const named_addresses name("moved.test", {"192.0.2.1", "127.0.0.1", "127.0.0.2"});
  tcp_listener listener("moved.test");
  const descriptor client(connect_tcp("127.0.0.1", service_of(listener), in(seconds(10))));
  const descriptor server(listener.accept(in(seconds(10))));
  expect_connected(client, server);
}

TEST(tcp_listener, on_all_addresses_tells_that_the_port_of_one_is_taken) {
  const tcp_listener first("127.0.0.1");
  const ssl_error e = failure_of([&] { tcp_listener("", service_of(first)); });
  EXPECT_EQ(e.code(), std::errc::address_in_use) << e.what();
}

TEST(tcp_listener, ends_accepting_when_it_is_canceled) {
  tcp_listener listener("127.0.0.1");
  blocked_operation accepting([&] {
    const ssl_error e = failure_of([&] { descriptor(listener.accept()); });
    EXPECT_EQ(e.code(), ssl_errc::canceled) << e.what();
    EXPECT_EQ(e.operation(), "accept");
  });
  EXPECT_TRUE(accepting.is_blocked());
  listener.cancel();
  EXPECT_TRUE(accepting.ended_within(seconds(10)));
  accepting.join();
}

TEST(tcp_listener, may_be_used_by_several_threads_until_it_is_canceled) {
  tcp_listener listener("127.0.0.1");
  constexpr int threads = 4;
  constexpr int clients = 40;
  std::atomic<int> accepted{0};
  event all_accepted;
  const auto serve = [&] {
    const ssl_error e = failure_of([&] {
      for (;;) {
        descriptor(listener.accept());
        if (++accepted == clients) all_accepted.happen();
      }
    });
    EXPECT_EQ(e.code(), ssl_errc::canceled) << e.what();
  };
  std::list<task> acceptors;
  for (int i = 0; i != threads; ++i) acceptors.emplace_back(serve);
  for (int i = 0; i != clients; ++i) {
    descriptor(connect_tcp("127.0.0.1", service_of(listener), in(seconds(10))));
  }
  EXPECT_TRUE(all_accepted.wait());
  listener.cancel();
  for (task& acceptor : acceptors) acceptor.join();
  EXPECT_EQ(accepted, clients);
}

TEST(tcp_listener, that_is_canceled_accepts_nobody_any_more) {
  tcp_listener listener("127.0.0.1");
  listener.cancel();
  listener.cancel();
  const descriptor client(connect_tcp("127.0.0.1", service_of(listener), in(seconds(10))));
  for (int i = 0; i != 3; ++i) {
    const ssl_error e = failure_of([&] { descriptor(listener.accept(in(seconds(10)))); });
    EXPECT_EQ(e.code(), ssl_errc::canceled) << e.what();
  }
}

TEST(tcp_listener, without_a_socket_can_be_canceled) {
  tcp_listener first("127.0.0.1");
  const tcp_listener second(std::move(first));
  first.cancel();  // NOLINT(bugprone-use-after-move): what is left of it
  const ssl_error e = failure_of([&] { descriptor(first.accept()); });
  EXPECT_EQ(e.code(), ssl_errc::closed) << e.what();
}

tcp_listener* canceled_by_signal = nullptr;
std::atomic<bool> errno_was_kept{false};

TEST(tcp_listener, is_canceled_from_a_signal_handler) {
  tcp_listener listener("127.0.0.1");
  canceled_by_signal = &listener;
  struct sigaction action {};
  struct sigaction before {};
  action.sa_handler = [](int) {
    const int kept = std::exchange(errno, EDOM);
    // The pipe has no room for all of these.
    for (int i = 0; i != 100000; ++i) canceled_by_signal->cancel();
    errno_was_kept = std::exchange(errno, kept) == EDOM;
  };
  ASSERT_EQ(::sigaction(SIGUSR1, &action, &before), 0);
  std::atomic<pthread_t> acceptor{::pthread_self()};
  event began;
  blocked_operation accepting([&] {
    acceptor = ::pthread_self();
    began.happen();
    const ssl_error e = failure_of([&] { descriptor(listener.accept()); });
    EXPECT_EQ(e.code(), ssl_errc::canceled) << e.what();
  });
  EXPECT_TRUE(began.wait());
  EXPECT_TRUE(accepting.is_blocked());
  ::pthread_kill(acceptor, SIGUSR1);
  EXPECT_TRUE(accepting.ended_within(seconds(10)));
  accepting.join();
  ::sigaction(SIGUSR1, &before, nullptr);
  EXPECT_TRUE(errno_was_kept);
}

TEST(tcp_listener, adopts_a_socket_that_listens) {
  listening passed = listen_on_loopback();
  tcp_listener listener = tcp_listener::adopt(passed.fd.get());
  EXPECT_EQ(listener.fd(), passed.fd.release());
  EXPECT_EQ(listener.port(), passed.port);
  EXPECT_EQ(::fcntl(listener.fd(), F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
  const descriptor client(connect_tcp("127.0.0.1", service_of(listener), in(seconds(10))));
  const descriptor server(listener.accept(in(seconds(10))));
  expect_connected(client, server);
  expect_well_prepared(server.get());
}

TEST(tcp_listener, does_not_adopt_what_does_not_listen) {
  const descriptor_pair pair = tcp_pair();
  int ends[2] = {-1, -1};
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  const descriptor reading(ends[0]), writing(ends[1]);
  for (const int fd : {pair.a.get(), reading.get(), -1}) {
    const ssl_error e = failure_of([&] { tcp_listener::adopt(fd); });
    EXPECT_EQ(e.code(), ssl_errc::system_error) << e.what();
    EXPECT_EQ(e.operation(), "listen");
    EXPECT_TRUE(mentions(e, "descriptor " + std::to_string(fd))) << e.what();
  }
  EXPECT_GE(::fcntl(pair.a.get(), F_GETFD), 0) << "it was closed";
}

connection_options named_localhost() {
  connection_options options;
  options.server_name = "localhost";
  return options;
}

TEST(tcp_listener, makes_a_stream_of_a_client) {
  tcp_listener listener("127.0.0.1");
  const ssl_context context = ssl_context::server(server_options());
  const task serving([&] {
    ssl_server_stream s = listener.accept(context, in(seconds(30)));
    std::string line;
    while (std::getline(s, line)) s << "you said: " << line << '\n';
  });
  ssl_client_stream s("127.0.0.1", service_of(listener), ssl_context::client(client_options()),
                      named_localhost());
  s << "hello\n";
  std::string line;
  EXPECT_TRUE(std::getline(s, line));
  EXPECT_EQ(line, "you said: hello");
}

TEST(tcp_listener, makes_a_stream_with_options_of_its_own) {
  tcp_listener listener("127.0.0.1");
  const descriptor silent(connect_tcp("127.0.0.1", service_of(listener), in(seconds(10))));
  connection_options impatient;
  impatient.handshake_timeout = milliseconds(20);
  ssl_server_stream s =
      listener.accept(ssl_context::server(server_options()), impatient, in(seconds(10)));
  EXPECT_THROW(s.do_handshake(), ssl_error);
  EXPECT_EQ(s.error(), ssl_errc::timed_out);
}

TEST(tcp_listener, accepts_into_a_stream_again_and_again) {
  tcp_listener listener("127.0.0.1");
  ssl_server_stream s(ssl_context::server(server_options()));
  const task serving([&] {
    std::string line;
    for (int i = 0; i != 3; ++i) {
      listener.accept(s, in(seconds(30)));
      EXPECT_TRUE(std::getline(s, line));
      s << "you said: " << line << std::endl;
      s.close();
    }
  });
  for (const std::string said : {"one", "two", "three"}) {
    ssl_client_stream client("127.0.0.1", service_of(listener),
                             ssl_context::client(client_options()), named_localhost());
    client << said << std::endl;
    std::string line;
    EXPECT_TRUE(std::getline(client, line));
    EXPECT_EQ(line, "you said: " + said);
  }
}

// As when both are canceled, and the stream did not have the client yet.
TEST(tcp_listener, cancels_a_stream_that_it_opens_when_it_has_been_canceled) {
  tcp_listener listener("127.0.0.1");
  ssl_server_stream s(ssl_context::server(server_options()));
  event greeted;
  const task serving([&] {
    listener.accept(s, in(seconds(30)));
    s << "hello" << std::endl;
    greeted.wait();
    listener.accept(s, in(seconds(30)));  // closes the first client, and waits for its end
    EXPECT_EQ(s.get(), std::char_traits<char>::eof());
    EXPECT_EQ(s.error(), ssl_errc::canceled);
  });
  ssl_client_stream first("127.0.0.1", service_of(listener), ssl_context::client(client_options()),
                          named_localhost());
  std::string line;
  EXPECT_TRUE(std::getline(first, line));
  const descriptor second(connect_tcp("127.0.0.1", service_of(listener), in(seconds(10))));
  greeted.happen();
  EXPECT_FALSE(std::getline(first, line));  // the second has been accepted
  listener.cancel();
  first.close();
}

TEST(tcp_listener, closes_a_client_that_a_stream_does_not_take) {
  tcp_listener listener("127.0.0.1");
  const descriptor client(connect_tcp("127.0.0.1", service_of(listener), in(seconds(10))));
  ssl_server_stream without_context;
  const ssl_error e = failure_of([&] { listener.accept(without_context, in(seconds(10))); });
  EXPECT_EQ(e.code(), ssl_errc::bad_configuration) << e.what();
  EXPECT_EQ(read_raw(client.get()), "");
}

// The test's own look finds descriptors that are left open.
TEST(tcp_listener, closes_a_client_that_no_stream_can_be_made_of) {
  tcp_listener listener("127.0.0.1");
  const descriptor client(connect_tcp("127.0.0.1", service_of(listener), in(seconds(10))));
  const ssl_context wrong = ssl_context::client(client_options());
  const ssl_error e = failure_of([&] { listener.accept(wrong, in(seconds(10))); });
  EXPECT_EQ(e.code(), ssl_errc::bad_configuration) << e.what();
  EXPECT_EQ(read_raw(client.get()), "");
}

}  // namespace
}  // namespace iostls
