// SPDX-License-Identifier: Apache-2.0
// Connections that come and go leave no memory behind: a server remembers no sessions, a client no
// more than it is told to.
#include <string>

#include <gtest/gtest.h>
#include <iostls/iostls.hpp>

#include "fixture.hpp"
#include "process.hpp"
#include "task.hpp"

namespace iostls {
namespace test {
namespace {

constexpr int first = 1000;  // until then, pools and caches fill
constexpr int kept_sessions = 50;
constexpr long little = 2048;  // KiB: less than a fifth of a KiB for each of ten thousand

void answer_all(tcp_listener& listener, const ssl_context& context, int count) {
  for (int i = 0; i != count; ++i) {
    ssl_server_stream s(listener.accept(), context);
    std::string line;
    while (std::getline(s, line)) s << line << std::endl;
  }
}

class memory : public testing::TestWithParam<tls_version> {
 protected:
  // Returns how many of the connections were resumed ones.
  int come_and_go(const ssl_context& server, const ssl_context& client, int count) {
    task serving([&] { answer_all(port_, server, count); });
    int resumed = 0;
    for (int i = 0; i != count; ++i) {
      ssl_client_stream s("127.0.0.1", std::to_string(port_.port()), client);
      std::string line;
      s << "hello\n";
      EXPECT_TRUE(std::getline(s, line)) << s.error().message();
      if (s.info().resumed) ++resumed;
    }
    return resumed;
  }

  tcp_listener port_{"127.0.0.1", "0"};
};

INSTANTIATE_TEST_SUITE_P(, memory, testing::Values(tls_version::tls1_2, tls_version::tls1_3),
                         [](const auto& p) { return to_string(p.param); });

TEST_P(memory, does_not_grow_over_ten_thousand_handshakes) {
  const auto server = ssl_context::server(server_options(GetParam()));
  const auto client = ssl_context::client(client_options(GetParam()));
  come_and_go(server, client, first);
  const long before = rss_kib();
  EXPECT_EQ(come_and_go(server, client, 10000), 0);
  EXPECT_LT(rss_kib() - before, little);
}

TEST_P(memory, does_not_grow_over_three_thousand_sessions) {
  context_options o = client_options(GetParam());
  o.session_cache = kept_sessions;
  const auto server = ssl_context::server(server_options(GetParam()));
  const auto client = ssl_context::client(o);
  come_and_go(server, client, first);
  const long before = rss_kib();
  EXPECT_EQ(come_and_go(server, client, 3000), 3000);
  EXPECT_LT(rss_kib() - before, little);
}

// A server that is asked about its clients keeps the hello for as long as it may have to be read again.
TEST_P(memory, does_not_grow_with_what_a_client_sends_that_was_asked_about) {
  context_options o = server_options(GetParam());
  o.on_client_hello = [](const client_hello&) { return client_hello_answer(); };
  const auto server = ssl_context::server(o);
  const auto client = ssl_context::client(client_options(GetParam()));
  constexpr int blocks = 64;
  const std::string block(1 << 20, 'x');
  task sending([&] {
    ssl_client_stream s("127.0.0.1", std::to_string(port_.port()), client);
    for (int i = 0; i != blocks; ++i) s << block;
    s.close();
  });
  ssl_server_stream s(port_.accept(), server);
  std::string received(block.size(), '\0');
  ASSERT_TRUE(s.read(&received[0], static_cast<std::streamsize>(received.size())));
  const long before = rss_kib();
  int count = 1;
  while (s.read(&received[0], static_cast<std::streamsize>(received.size()))) ++count;
  EXPECT_EQ(count, blocks);
  EXPECT_LT(rss_kib() - before, 4 * little);
}

}  // namespace
}  // namespace test
}  // namespace iostls
