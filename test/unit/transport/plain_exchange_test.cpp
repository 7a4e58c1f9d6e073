// SPDX-License-Identifier: Apache-2.0
// What is read before TLS begins.
#include <chrono>

#include <gtest/gtest.h>
#include <iostls/ssl_error.hpp>

#include "descriptor.hpp"
#include "tcp_ends.hpp"
#include "transport/plain_exchange.hpp"

namespace iostls {
namespace {

using namespace test;

TEST(plain_exchange, reads_past_its_deadline_only_once_though_there_is_more) {
  const descriptor_pair pair = socket_pair();
  ASSERT_TRUE(write_raw(pair.a.get(), "ab"));
  detail::plain_exchange peer(pair.b.get(), std::chrono::steady_clock::now(), "reading");
  EXPECT_EQ(peer.peek(1), "a");
  peer.skip(1);
  EXPECT_EQ(failure_of([&] { peer.peek(1); }).code(), ssl_errc::timed_out);
  EXPECT_EQ(read_raw(pair.b.get(), 1), "b");
}

}  // namespace
}  // namespace iostls
