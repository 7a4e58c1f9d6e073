// SPDX-License-Identifier: Apache-2.0
// Dialogues that run into time limits.
#pragma once

#include <chrono>
#include <string>

#include <gtest/gtest.h>
#include <openssl/bio.h>
#include <openssl/ssl.h>
#include <iostls/iostls.hpp>

#include "dialogue.hpp"
#include "relay.hpp"

namespace iostls {
namespace test {

constexpr std::chrono::milliseconds soon{60};

// Far above every deadline of these tests, far below the watchdog's.
constexpr std::chrono::seconds too_long{8};

inline dialogue::tuning with(setting<std::chrono::milliseconds> connection_options::*timeout,
                             std::chrono::milliseconds value) {
  return [=](context_options& o) {
    o.close_timeout = std::chrono::milliseconds(0);
    o.*timeout = value;
  };
}

inline const dialogue::tuning no_timeouts =
    with(&connection_options::close_timeout, std::chrono::milliseconds(0));

class limited_in_time : public testing::TestWithParam<variant> {
 protected:
  void SetUp() override { start_ = std::chrono::steady_clock::now(); }
  void TearDown() override { EXPECT_LT(std::chrono::steady_clock::now() - start_, too_long); }

 private:
  std::chrono::steady_clock::time_point start_;
};

inline void expect_timed_out(ssl_stream& s) {
  EXPECT_TRUE(s.bad());
  EXPECT_EQ(s.error(), ssl_errc::timed_out) << s.error().message();
  s.clear();
}

// Reading timed out; then the peer sends, and the stream goes on as if nothing had been.
inline void expect_usable(dialogue& d) {
  EXPECT_TRUE(d.peer().write("at last\n")) << d.peer().error();
  std::string line;
  EXPECT_TRUE(std::getline(d.stream(), line)) << d.stream().error().message();
  EXPECT_EQ(line, "at last");
  EXPECT_TRUE(d.stream() << "fine\n" << std::flush);
  EXPECT_EQ(d.peer().read_line(), "fine");
}

// A relay, the oracle to its left, the stream to its right.
struct distant {
  explicit distant(const variant& v, const dialogue::tuning& tune)
      : d(v, tune, {wire.take_left(), wire.take_right()}) {}

  // Also awaits what follows a handshake, such as tickets of a server of TLS 1.3: it would drip, too.
  void handshake() {
    d.handshake();
    BIO* const sent = SSL_get_wbio(d.peer().ssl());
    EXPECT_TRUE(wire.to_right().wait_for(BIO_number_written(sent)));
  }

  // From now on, the peer's bytes arrive one by one.
  void drip(std::chrono::milliseconds pause) {
    wire.to_right().split(1);
    wire.to_right().delay(pause);
  }

  relay wire;
  dialogue d;
};

}  // namespace test
}  // namespace iostls
