// SPDX-License-Identifier: Apache-2.0
// What the tests of connecting and of listening share.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <iostls/ssl_error.hpp>
#include <iostls/tcp.hpp>

#include "descriptor.hpp"
#include "socket_calls.hpp"

namespace iostls {
namespace test {

inline std::chrono::steady_clock::time_point in(std::chrono::milliseconds time) {
  return std::chrono::steady_clock::now() + time;
}

inline std::string service_of(const tcp_listener& l) { return std::to_string(l.port()); }

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

// A listener whose queue is full: the system answers nothing to further connections.
struct full_listener {
  full_listener() : listener(listen_on_loopback(0)) {
    for (int i = 0; i != 8; ++i) waiting.push_back(connecting_to(listener.port));
  }
  listening listener;
  std::vector<descriptor> waiting;
};

}  // namespace test
}  // namespace iostls
