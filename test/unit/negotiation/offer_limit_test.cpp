// SPDX-License-Identifier: Apache-2.0
// Clients that offer more keys and tickets than anybody needs, each of which costs the server a call of a
// function of its options.
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <openssl/ssl.h>
#include <iostls/iostls.hpp>

#include "algorithms.hpp"
#include "fixture.hpp"
#include "memory_handshake.hpp"
#include "raw_hello.hpp"

namespace iostls {
namespace test {
namespace {

constexpr int limit = 8;

std::string hello_with_copies_of(const std::string& identity, std::size_t count) {
  return in_records(raw_hello(offer_of(std::vector<std::string>(count, identity))));
}

std::string ticket_of(const SSL_SESSION* session) {
  const unsigned char* ticket = nullptr;
  std::size_t size = 0;
  SSL_SESSION_get0_ticket(session, &ticket, &size);
  return {ticket, ticket + size};
}

class many_offers : public testing::Test {
 protected:
  void SetUp() override {
    const std::string obstacle = obstacle_to_psk(tls_version::tls1_3);
    if (!obstacle.empty()) GTEST_SKIP() << obstacle;
    options_.psk = [this](const std::string&) {
      ++calls_;
      if (inside_) inside_();
      return key_;
    };
  }

  ssl_context server() const { return ssl_context::server(options_); }

  context_options options_ = server_options(tls_version::tls1_3);
  std::string key_;
  int calls_ = 0;
  std::function<void()> inside_;
};

TEST_F(many_offers, of_keys_do_not_call_the_function_more_than_eight_times) {
  failure_after(hello_with_copies_of("a", 1000), server());
  EXPECT_EQ(calls_, limit);
}

TEST_F(many_offers, of_tickets_are_not_judged_more_than_eight_times) {
  const ssl_context context = server();
  context_options client = client_options(tls_version::tls1_3);
  client.server_name = "";
  client.psk = pre_shared_key{"sensor", std::string(32, 'k')};
  key_ = std::string(32, 'k');
  memory_handshake first(context, ssl_context::client(client));
  ASSERT_TRUE(first.run());
  const std::string ticket = ticket_of(first.session().get());
  ASSERT_GT(ticket.size(), 128u) << "it would be taken for the identity of a key";
  key_.clear();
  calls_ = 0;
  failure_after(hello_with_copies_of(ticket, 100), context);
  EXPECT_EQ(calls_, limit);
}

TEST_F(many_offers, are_not_looked_at_after_the_handshakes_time) {
  options_.handshake_timeout = std::chrono::milliseconds(1);
  inside_ = [] { std::this_thread::sleep_for(std::chrono::milliseconds(20)); };
  const ssl_error failed = failure_after(hello_with_copies_of("a", 5), server());
  EXPECT_TRUE(failed.code() == ssl_errc::timed_out) << failed.what();
  EXPECT_LE(calls_, 1);
}

TEST_F(many_offers, are_not_looked_at_after_cancel) {
  const auto stream = server_after(hello_with_copies_of("a", 5), server());
  inside_ = [&] { stream->cancel(); };
  const ssl_error failed = thrown_by([&] { stream->do_handshake(); });
  EXPECT_TRUE(failed.code() == ssl_errc::canceled) << failed.what();
  EXPECT_EQ(calls_, 1);
}

}  // namespace
}  // namespace test
}  // namespace iostls
