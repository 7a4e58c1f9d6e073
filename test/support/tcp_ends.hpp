// SPDX-License-Identifier: Apache-2.0
// What the tests of connecting and of listening share.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <iostls/ssl_error.hpp>
#include <iostls/tcp.hpp>

#include "descriptor.hpp"

namespace iostls {
namespace test {

inline std::chrono::steady_clock::time_point in(std::chrono::milliseconds time) {
  return std::chrono::steady_clock::now() + time;
}

inline std::string service_of(const tcp_listener& l) { return std::to_string(l.port()); }

inline bool has_ipv6() {
  const descriptor fd(::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in6 address{};
  address.sin6_family = AF_INET6;
  address.sin6_addr = in6addr_loopback;
  return fd && ::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
}

// A port that is taken on 127.0.0.1, and where nobody listens.
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

inline bool mentions(const ssl_error& e, const std::string& text) {
  return std::string(e.what()).find(text) != std::string::npos;
}

// Whether what is sent into one arrives at the other.
inline void expect_connected(const descriptor& a, const descriptor& b) {
  EXPECT_TRUE(write_raw(a.get(), "ping"));
  EXPECT_EQ(read_raw(b.get(), 4), "ping");
}

inline void expect_well_prepared(int fd) {
  EXPECT_EQ(::fcntl(fd, F_GETFL) & O_NONBLOCK, 0);
  EXPECT_EQ(::fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
  int no_delay = 0;
  socklen_t size = sizeof no_delay;
  EXPECT_EQ(::getsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &no_delay, &size), 0);
  EXPECT_NE(no_delay, 0);
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

}  // namespace test
}  // namespace iostls
