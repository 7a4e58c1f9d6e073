// SPDX-License-Identifier: Apache-2.0
// A peer that is faster than we are, and sends what is no data. There is always more of it, so that
// nothing ever has to wait.
#include <chrono>
#include <string>

#include <gtest/gtest.h>
#include <iostls/iostls.hpp>

#include "immediate_peer.hpp"

namespace iostls {
namespace {

using namespace test;
using std::chrono::milliseconds;
using clock = std::chrono::steady_clock;

// Takes far longer than the deadlines below on any machine.
constexpr int many_updates = 20000;

std::unique_ptr<duologue> flooded(role stream) {
  auto d = in_conversation({stream, tls_version::tls1_3});
  for (int i = 0; i != many_updates; ++i) d->peer.update_key();
  d->peer.send("x");
  return d;
}

class flood : public testing::TestWithParam<role> {};

INSTANTIATE_TEST_SUITE_P(, flood, testing::Values(role::server, role::client), [](const auto& p) {
  return p.param == role::server ? "server" : "client";
});

TEST_P(flood, does_not_outlast_a_deadline) {
  const auto d = flooded(GetParam());
  d->buffer().expires_at(clock::now() + milliseconds(20));
  EXPECT_EQ(d->stream->get(), std::char_traits<char>::eof());
  EXPECT_EQ(d->stream->error(), ssl_errc::timed_out) << d->stream->error().message();
}

TEST_P(flood, costs_no_data) {
  const auto d = flooded(GetParam());
  EXPECT_EQ(d->stream->get(), 'x');
  d->peer.cut();
}

// Whoever looks for input without waiting for it, or writes, is not held up for long.
TEST_P(flood, is_taken_in_by_portions) {
  const auto d = flooded(GetParam());
  EXPECT_EQ(d->buffer().in_avail(), 0);
  const std::uint64_t taken = d->wire->bytes_read;
  EXPECT_EQ(d->buffer().in_avail(), 0);
  EXPECT_GT(d->wire->bytes_read, taken);
}

}  // namespace
}  // namespace iostls
