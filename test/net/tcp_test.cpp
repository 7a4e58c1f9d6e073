// SPDX-License-Identifier: Apache-2.0
// Connecting by name, and listening.
#include <cerrno>
#include <chrono>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include <dlfcn.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <iostls/ssl_error.hpp>
#include <iostls/tcp.hpp>

#include "descriptor.hpp"
#include "fixture.hpp"
#include "task.hpp"

// Takes the place of the C library's, which the library calls: names with several addresses, and
// one without any, cannot be had from the system that runs the test.
extern "C" int getaddrinfo(const char* host, const char* service, const addrinfo* hints,
                           addrinfo** result) {
  using function = int (*)(const char*, const char*, const addrinfo*, addrinfo**);
  static const auto original = reinterpret_cast<function>(::dlsym(RTLD_NEXT, "getaddrinfo"));
  const std::string name = host != nullptr ? host : "";
  if (name == "nowhere.test") return EAI_NONAME;
  const bool ipv6_first = name == "ipv6-first.test";
  if (!ipv6_first && name != "ipv4-first.test") return original(host, service, hints, result);
  int code = original(ipv6_first ? "::1" : "127.0.0.1", service, hints, result);
  if (code != 0) return code;
  addrinfo* last = *result;
  while (last->ai_next != nullptr) last = last->ai_next;
  code = original(ipv6_first ? "127.0.0.1" : "::1", service, hints, &last->ai_next);
  if (code != 0) ::freeaddrinfo(*result);
  return code;
}

namespace {

// What the next accept(2) fails with, which no peer can bring about at will; 0 is nothing.
int next_accept_fails_with = 0;

template <class Function, class... Arguments>
int accept_or_fail(const char* name, Arguments... arguments) {
  static const auto original = reinterpret_cast<Function>(::dlsym(RTLD_NEXT, name));
  const int error = std::exchange(next_accept_fails_with, 0);
  if (error == 0) return original(arguments...);
  errno = error;
  return -1;
}

}  // namespace

extern "C" int accept(int fd, sockaddr* address, socklen_t* size) {
  return accept_or_fail<int (*)(int, sockaddr*, socklen_t*)>("accept", fd, address, size);
}

extern "C" int accept4(int fd, sockaddr* address, socklen_t* size, int flags) {
  return accept_or_fail<int (*)(int, sockaddr*, socklen_t*, int)>("accept4", fd, address, size,
                                                                  flags);
}

namespace iostls {
namespace {

using namespace test;
using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

steady_clock::time_point in(milliseconds time) { return steady_clock::now() + time; }

std::string service_of(const tcp_listener& l) { return std::to_string(l.port()); }

bool has_ipv6() {
  const descriptor fd(::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in6 address{};
  address.sin6_family = AF_INET6;
  address.sin6_addr = in6addr_loopback;
  return fd && ::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
}

// A port of 127.0.0.1 that is taken, and where nobody listens.
struct deaf_port {
  deaf_port() : fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    EXPECT_EQ(::bind(fd.get(), generic, size), 0);
    EXPECT_EQ(::getsockname(fd.get(), generic, &size), 0);
    service = std::to_string(ntohs(address.sin_port));
  }
  descriptor fd;
  std::string service;
};

// What the call throws.
template <class Call>
ssl_error failure_of(Call call) {
  try {
    call();
  } catch (const ssl_error& e) {
    return e;
  }
  ADD_FAILURE() << "nothing was thrown";
  return ssl_error(std::error_code(), {});
}

bool mentions(const ssl_error& e, const std::string& text) {
  return std::string(e.what()).find(text) != std::string::npos;
}

// Whether what is sent into one arrives at the other.
void expect_connected(const descriptor& a, const descriptor& b) {
  EXPECT_TRUE(write_raw(a.get(), "ping"));
  EXPECT_EQ(read_raw(b.get(), 4), "ping");
}

void expect_reachable(const std::string& listening_host, const std::string& host) {
  tcp_listener listener(listening_host);
  const descriptor client(connect_tcp(host, service_of(listener), in(seconds(10))));
  const descriptor server(listener.accept(in(seconds(10))));
  expect_connected(client, server);
}

void expect_well_prepared(int fd) {
  EXPECT_EQ(::fcntl(fd, F_GETFL) & O_NONBLOCK, 0);
  EXPECT_EQ(::fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
  int no_delay = 0;
  socklen_t size = sizeof no_delay;
  EXPECT_EQ(::getsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &no_delay, &size), 0);
  EXPECT_NE(no_delay, 0);
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
  expect_reachable("127.0.0.1", "ipv6-first.test");
  expect_reachable("::1", "ipv4-first.test");
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

// A listener whose queue is full: the system answers nothing to further connections.
struct full_listener {
  full_listener() : listener(listen_on_loopback(0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(listener.port);
    for (int i = 0; i != 8; ++i) {
      waiting.emplace_back(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
      ::connect(waiting.back().get(), reinterpret_cast<sockaddr*>(&address), sizeof address);
    }
  }
  listening listener;
  std::vector<descriptor> waiting;
};

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

// What accept(2) reports of a connection that the network has lost is no failure of the listener.
TEST(tcp_listener, passes_over_a_connection_that_was_lost) {
  tcp_listener listener("127.0.0.1");
  for (const int error :
       {ECONNABORTED, EINTR, EAGAIN, EPROTO, ENETDOWN, ENETUNREACH, EHOSTDOWN, EHOSTUNREACH}) {
    next_accept_fails_with = error;
    const descriptor client(connect_tcp("127.0.0.1", service_of(listener), in(seconds(10))));
    const descriptor server(listener.accept(in(seconds(10))));
    EXPECT_EQ(next_accept_fails_with, 0);
    expect_connected(client, server);
  }
}

TEST(tcp_listener, tells_that_no_more_descriptors_are_to_be_had) {
  tcp_listener listener("127.0.0.1");
  const descriptor client(connect_tcp("127.0.0.1", service_of(listener), in(seconds(10))));
  next_accept_fails_with = EMFILE;
  const ssl_error e = failure_of([&] { static_cast<void>(listener.accept(in(seconds(10)))); });
  EXPECT_EQ(e.code(), std::errc::too_many_files_open) << e.what();
  EXPECT_EQ(e.operation(), "accept");
  const descriptor server(listener.accept(in(seconds(10))));
  expect_connected(client, server);
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

}  // namespace
}  // namespace iostls
