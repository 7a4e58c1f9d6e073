// SPDX-License-Identifier: Apache-2.0
// Options of sockets: that they are set on what connects, listens and is accepted; and what systemd hands over.
#include <chrono>
#include <cstdlib>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <iostls/iostls.hpp>

#include "fixture.hpp"
#include "tcp_ends.hpp"
#include "tcp_sockets.hpp"

namespace iostls {
namespace {

using namespace test;
using std::chrono::milliseconds;
using std::chrono::seconds;

int option_of(int fd, int level, int name) {
  int value = -1;
  socklen_t size = sizeof value;
  EXPECT_EQ(::getsockopt(fd, level, name, &value, &size), 0);
  return value;
}

socket_options all_options() {
  socket_options o;
  o.keep_alive_idle = seconds(61);
  o.keep_alive_interval = seconds(17);
  o.keep_alive_count = 3;
  o.user_timeout = seconds(40);
  o.send_buffer = 20000;
  o.receive_buffer = 30000;
  return o;
}

void expect_all_options(int fd) {
  EXPECT_NE(option_of(fd, SOL_SOCKET, SO_KEEPALIVE), 0);
  EXPECT_EQ(option_of(fd, IPPROTO_TCP, TCP_KEEPINTVL), 17);
  EXPECT_EQ(option_of(fd, IPPROTO_TCP, TCP_KEEPCNT), 3);
#ifdef __linux__
  EXPECT_EQ(option_of(fd, IPPROTO_TCP, TCP_KEEPIDLE), 61);
  EXPECT_EQ(option_of(fd, IPPROTO_TCP, TCP_USER_TIMEOUT), 40000);
  EXPECT_EQ(option_of(fd, SOL_SOCKET, SO_SNDBUF),
            40000);  // Linux counts its own need as much again
  EXPECT_EQ(option_of(fd, SOL_SOCKET, SO_RCVBUF), 60000);
#endif
}

TEST(socket_options, are_those_of_what_connects_and_of_what_is_accepted) {
  tcp_listener listener("127.0.0.1", 0, all_options());
  const descriptor client(
      connect_tcp("127.0.0.1", listener.port(), all_options(), in(seconds(10))));
  const descriptor accepted(listener.accept(in(seconds(10))));
  expect_all_options(client.get());
  expect_all_options(accepted.get());
  expect_well_prepared(client.get());
  expect_well_prepared(accepted.get());
  expect_connected(client, accepted);
}

TEST(socket_options, of_which_none_is_set_leave_the_rest_to_the_system) {
  tcp_listener listener("127.0.0.1", "0", socket_options());
  const descriptor client(
      connect_tcp("127.0.0.1", service_of(listener), socket_options(), in(seconds(10))));
  const descriptor accepted(listener.accept(in(seconds(10))));
  for (const int fd : {client.get(), accepted.get()}) {
    expect_well_prepared(fd);
    EXPECT_EQ(option_of(fd, SOL_SOCKET, SO_KEEPALIVE), 0);
  }
}

TEST(socket_options, may_let_small_writes_be_delayed) {
  socket_options slow;
  slow.no_delay = false;
  tcp_listener first("127.0.0.1", 0, slow);
  tcp_listener listener(std::move(first));
  const descriptor client(connect_tcp("127.0.0.1", listener.port(), slow, in(seconds(10))));
  const descriptor accepted(listener.accept(in(seconds(10))));
  EXPECT_EQ(option_of(client.get(), IPPROTO_TCP, TCP_NODELAY), 0);
  EXPECT_EQ(option_of(accepted.get(), IPPROTO_TCP, TCP_NODELAY), 0);
}

TEST(socket_options, are_set_on_any_socket) {
  const descriptor_pair pair = tcp_pair();
  set_socket_options(pair.a.get(), all_options());
  expect_all_options(pair.a.get());
  socket_options off;
  off.keep_alive = false;
  set_socket_options(pair.a.get(), off);
  EXPECT_EQ(option_of(pair.a.get(), SOL_SOCKET, SO_KEEPALIVE), 0);
  const ssl_error e = failure_of([&] { set_socket_options(-1, all_options()); });
  EXPECT_EQ(e.code(), std::errc::bad_file_descriptor);
  EXPECT_EQ(e.operation(), "keep_alive");
}

TEST(socket_options, that_make_no_sense_are_named) {
  const auto expect_wrong = [](const char* name, void (*change)(socket_options&)) {
    socket_options wrong;
    change(wrong);
    for (const ssl_error& e : {failure_of([&] { connect_tcp("127.0.0.1", 1, wrong); }),
                               failure_of([&] { tcp_listener("127.0.0.1", 0, wrong); }),
                               failure_of([&] { set_socket_options(0, wrong); })}) {
      EXPECT_EQ(e.code(), ssl_errc::bad_configuration) << e.what();
      EXPECT_EQ(e.operation(), name);
    }
  };
  expect_wrong("keep_alive_idle", [](socket_options& o) { o.keep_alive_idle = seconds(0); });
  expect_wrong("keep_alive_interval",
               [](socket_options& o) { o.keep_alive_interval = seconds(-1); });
  expect_wrong("keep_alive_count", [](socket_options& o) { o.keep_alive_count = 0; });
  expect_wrong("user_timeout", [](socket_options& o) { o.user_timeout = milliseconds(-1); });
  expect_wrong("send_buffer", [](socket_options& o) { o.send_buffer = 0; });
  expect_wrong("receive_buffer", [](socket_options& o) { o.receive_buffer = -5; });
  expect_wrong("backlog", [](socket_options& o) { o.backlog = 0; });
  expect_wrong("local_address", [](socket_options& o) { o.local_address = "localhost"; });
}

TEST(socket_options, choose_the_address_to_connect_from) {
  tcp_listener listener("127.0.0.1");
  socket_options from;
  from.local_address = "127.0.0.1";
  const descriptor client(connect_tcp("127.0.0.1", listener.port(), from, in(seconds(10))));
  from.local_address = "::1";
  const ssl_error e =
      failure_of([&] { connect_tcp("127.0.0.1", listener.port(), from, in(seconds(10))); });
  EXPECT_EQ(e.code(), std::errc::address_family_not_supported) << e.what();
#ifdef __linux__
  from.local_address = "127.1.2.3";
  const descriptor first(listener.accept(in(seconds(10))));
  const descriptor other(connect_tcp("127.0.0.1", listener.port(), from, in(seconds(10))));
  ssl_server_stream s(listener.accept(in(seconds(10))), ssl_context::server(server_options()));
  EXPECT_EQ(s.peer_address().compare(0, 10, "127.1.2.3:"), 0) << s.peer_address();
  s.cancel();
#endif
}

TEST(socket_options, let_two_listen_at_one_port) {
  socket_options shared;
  shared.reuse_port = true;
  const tcp_listener first("127.0.0.1", 0, shared);
  const tcp_listener second("127.0.0.1", first.port(), shared);
  EXPECT_EQ(first.port(), second.port());
  EXPECT_EQ(failure_of([&] { tcp_listener("127.0.0.1", first.port()); }).code(),
            std::errc::address_in_use);
}

TEST(socket_options, keep_ipv4_out) {
  if (!has_ipv6()) GTEST_SKIP() << "there is no IPv6 here";
  socket_options alone;
  alone.dual_stack = false;
  tcp_listener listener("", 0, alone);
  const descriptor client(connect_tcp("::1", listener.port(), in(seconds(10))));
  EXPECT_EQ(failure_of([&] { connect_tcp("127.0.0.1", listener.port(), in(seconds(10))); }).code(),
            std::errc::connection_refused);
}

TEST(socket_options, limit_how_many_clients_wait) {
  socket_options few;
  few.backlog = 1;
  const tcp_listener listener("127.0.0.1", 0, few);
  std::vector<descriptor> clients;
  std::error_code failed;
  for (int i = 0; i != 8 && !failed; ++i) {
    try {
      clients.emplace_back(connect_tcp("127.0.0.1", listener.port(), in(milliseconds(200))));
    } catch (const ssl_error& e) {
      failed = e.code();
    }
  }
  EXPECT_EQ(failed, ssl_errc::timed_out);
}

// What a child process sees that has a listening socket as descriptor 3: 0 if all is well.
int exit_status_of_child(const char* count, bool is_for_child, int expected) {
  const tcp_listener listener("127.0.0.1");
  const pid_t child = ::fork();
  if (child == 0) {
    ::dup2(listener.fd(), 3);
    ::setenv("LISTEN_FDS", count, 1);
    ::setenv("LISTEN_PID", std::to_string(::getpid() + (is_for_child ? 0 : 1)).c_str(), 1);
    const std::vector<int> found = inherited_sockets();
    if (static_cast<int>(found.size()) != expected) ::_exit(1);
    if (expected != 0 && tcp_listener::adopt(found[0]).port() != listener.port()) ::_exit(2);
    ::_exit(0);
  }
  int status = -1;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(inherited_sockets, are_what_systemd_has_handed_over) {
  EXPECT_EQ(exit_status_of_child("1", true, 1), 0);
  EXPECT_EQ(exit_status_of_child("1", false, 0), 0);
  EXPECT_EQ(exit_status_of_child("0", true, 0), 0);
  for (const char* wrong : {"", "x", "-1", "1x"})
    EXPECT_EQ(exit_status_of_child(wrong, true, 0), 0);
  EXPECT_TRUE(inherited_sockets().empty());
}

}  // namespace
}  // namespace iostls
