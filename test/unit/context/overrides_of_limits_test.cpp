// SPDX-License-Identifier: Apache-2.0
// Time limits that a connection has of its own.
#include <chrono>
#include <string>
#include <system_error>
#include <thread>

#include <gtest/gtest.h>
#include <iostls/iostls.hpp>

#include "overriding.hpp"

namespace iostls {
namespace {

using namespace test;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

class overrides_of_limits : public overriding {};

INSTANTIATE_TEST_SUITE_P(, overrides_of_limits, testing::Values(role::server, role::client),
                         [](const auto& info) { return to_string(info.param); });

constexpr milliseconds soon{50};
constexpr milliseconds later{200};
constexpr milliseconds much_later{20000};

TEST_P(overrides_of_limits, handshake_timeout) {
  context_options o = base();
  o.handshake_timeout = soon;
  const ssl_context c = context_of(o);
  const auto shake_late = [&](const connection_options& own) {
    descriptor_pair pair = socket_pair();
    tls_peer peer(std::move(pair.a), other_end());
    const auto stream = stream_of(c, pair.b, own);
    task handshake([&] {
      std::this_thread::sleep_for(later);
      peer.write("x");
    });
    stream->get();
    const std::error_code failed = stream->error();
    stream->close();
    return failed;
  };
  connection_options own;
  own.handshake_timeout = milliseconds(0);
  EXPECT_FALSE(shake_late(own));
  EXPECT_EQ(shake_late({}), ssl_errc::timed_out);
}

TEST_P(overrides_of_limits, read_timeout) {
  context_options o = base();
  o.read_timeout = soon;
  const ssl_context c = context_of(o);
  connection_options own;
  own.read_timeout = milliseconds(0);
  converse(c, other_end(), own, [](ssl_stream& s, tls_peer& peer) {
    task writer([&] {
      std::this_thread::sleep_for(later);
      EXPECT_TRUE(peer.write("x"));
    });
    EXPECT_EQ(s.get(), 'x') << s.error().message();
  });
  converse(c, other_end(), {}, [](ssl_stream& s, tls_peer&) {
    EXPECT_EQ(s.get(), std::char_traits<char>::eof());
    EXPECT_EQ(s.error(), ssl_errc::timed_out);
  });
}

TEST_P(overrides_of_limits, write_timeout) {
  context_options o = base();
  o.write_timeout = soon;
  const ssl_context c = context_of(o);
  const std::string block(8 << 20, 'b');
  connection_options own;
  own.write_timeout = much_later;
  converse(c, other_end(), own, [&](ssl_stream& s, tls_peer& peer) {
    task reader([&] {
      std::this_thread::sleep_for(later);
      EXPECT_TRUE(peer.read_exactly(block.size()) == block);
    });
    EXPECT_TRUE(s << block << std::flush) << s.error().message();
  });
  converse(c, other_end(), {}, [&](ssl_stream& s, tls_peer&) {
    EXPECT_FALSE(s << block << std::flush);
    EXPECT_EQ(s.error(), ssl_errc::timed_out);
  });
}

TEST_P(overrides_of_limits, close_timeout) {
  context_options o = base();
  o.close_timeout = milliseconds(0);
  const ssl_context c = context_of(o);
  connection_options own;
  own.close_timeout = much_later;
  converse(c, other_end(), own, [&](ssl_stream& s, tls_peer& peer) {
    const auto start = steady_clock::now();
    task other([&] {
      std::this_thread::sleep_for(later);
      peer.half_close();
    });
    s.close();
    EXPECT_TRUE(s.good());
    EXPECT_GE(steady_clock::now() - start, later);
  });
  converse(c, other_end(), {}, [&](ssl_stream& s, tls_peer&) {
    const auto start = steady_clock::now();
    s.close();
    EXPECT_TRUE(s.good());
    EXPECT_LT(steady_clock::now() - start, much_later / 2);
  });
}

}  // namespace
}  // namespace iostls
