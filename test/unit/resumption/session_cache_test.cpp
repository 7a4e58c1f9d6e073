// SPDX-License-Identifier: Apache-2.0
// The sessions that a client context keeps by itself.
#include "resumption/session_cache.hpp"

#include <atomic>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <iostls/iostls.hpp>

#include "fixture.hpp"
#include "resumption/session.hpp"
#include "session_visit.hpp"
#include "thrown.hpp"

namespace iostls {
namespace test {
namespace {

class cache : public testing::TestWithParam<tls_version> {
 protected:
  cache() : server_(ssl_context::server(server_options(GetParam()))), client_(caching(10)) {}

  static ssl_context caching(int size) {
    context_options o = client_options();
    o.session_cache = size;
    return ssl_context::client(o);
  }

  bool single_use() const { return GetParam() == tls_version::tls1_3; }

  // A listener, so that several visits have the same port.
  visit_result come_to(tcp_listener& at, const connection_options& own = {},
                       const std::string& host = "127.0.0.1") {
    descriptor_pair pair;
    pair.a = descriptor(connect_tcp(host, std::to_string(at.port()),
                                    std::chrono::steady_clock::now() + std::chrono::seconds(10)));
    pair.b = descriptor(at.accept());
    const visit_result result = visit(server_, client_, own, std::move(pair));
    EXPECT_TRUE(result.server_agrees);
    return result;
  }

  ssl_context server_, client_;
  tcp_listener port_{"127.0.0.1", "0"};
};

INSTANTIATE_TEST_SUITE_P(, cache, testing::Values(tls_version::tls1_2, tls_version::tls1_3),
                         [](const auto& p) { return to_string(p.param); });

TEST_P(cache, resumes_what_went_to_the_same_host_and_port) {
  EXPECT_FALSE(come_to(port_).info.resumed);
  for (int i = 0; i != 5; ++i) {
    const visit_result next = come_to(port_);
    EXPECT_TRUE(next.info.resumed);
    EXPECT_TRUE(next.info.verified);
  }
}

TEST_P(cache, is_off_unless_asked_for) {
  client_ = ssl_context::client(client_options());
  come_to(port_);
  EXPECT_FALSE(come_to(port_).info.resumed);
  client_ = caching(0);
  come_to(port_);
  EXPECT_FALSE(come_to(port_).info.resumed);
}

TEST_P(cache, tells_ports_from_each_other) {
  tcp_listener other("127.0.0.1", "0");
  come_to(port_);
  EXPECT_FALSE(come_to(other).info.resumed);
  EXPECT_TRUE(come_to(port_).info.resumed);
}

TEST_P(cache, tells_ports_of_ipv6_from_each_other) {
  tcp_listener one, other;
  try {
    one = tcp_listener("::1", "0");
    other = tcp_listener("::1", "0");
  } catch (const ssl_error& e) {
    GTEST_SKIP() << "this system has no ::1: " << e.what();
  }
  come_to(one, {}, "::1");
  EXPECT_FALSE(come_to(other, {}, "::1").info.resumed);
  EXPECT_TRUE(come_to(one, {}, "::1").info.resumed);
}

TEST_P(cache, tells_hosts_from_each_other) {
  come_to(port_);
  connection_options own;
  own.server_name = "127.0.0.1";
  EXPECT_FALSE(come_to(port_, own).info.resumed);
  EXPECT_TRUE(come_to(port_, own).info.resumed);
  EXPECT_TRUE(come_to(port_).info.resumed);
}

TEST_P(cache, does_not_let_a_lax_connection_help_a_strict_one) {
  const issued stranger = authority("Stranger").leaf();
  context_options o = server_options(GetParam());
  o.certificate = pem_text(stranger.certificate);
  o.key = pem_text(stranger.key);
  server_ = ssl_context::server(o);
  connection_options lax;
  lax.verify = verify_mode::none;
  come_to(port_, lax);
  EXPECT_TRUE(come_to(port_, lax).info.resumed);
  EXPECT_EQ(come_to(port_).failed, ssl_errc::certificate_rejected);
}

TEST_P(cache, outlives_a_reload) {
  come_to(port_);
  client_.reload();
  EXPECT_TRUE(come_to(port_).info.resumed);
}

TEST_P(cache, prefers_the_session_that_it_is_given) {
  const ssl_session given = come_to(port_).session;
  connection_options own;
  own.session = given;
  EXPECT_TRUE(come_to(port_, own).info.resumed);
  EXPECT_EQ(static_cast<bool>(given), !single_use());
}

TEST_P(cache, serves_many_threads) {
  std::atomic<int> resumed{0};
  {
    std::vector<std::unique_ptr<task>> threads;
    for (int t = 0; t != 4; ++t) {
      threads.push_back(std::make_unique<task>([&] {
        tcp_listener own("127.0.0.1", "0");
        for (int i = 0; i != 10; ++i) resumed += come_to(own).info.resumed ? 1 : 0;
      }));
    }
  }
  EXPECT_GE(resumed, single_use() ? 30 : 36);
}

// A session that can be kept, of a connection of its own.
class sessions : public cache {
 protected:
  ssl_session fresh() { return visit(server_, client_).session; }
};

INSTANTIATE_TEST_SUITE_P(, sessions, testing::Values(tls_version::tls1_2, tls_version::tls1_3),
                         [](const auto& p) { return to_string(p.param); });

TEST_P(sessions, of_tls_1_3_are_handed_out_once) {
  detail::session_cache c(10);
  c.put("a", fresh());
  EXPECT_TRUE(c.take("a"));
  EXPECT_EQ(static_cast<bool>(c.take("a")), !single_use());
  EXPECT_FALSE(c.take("b"));
}

TEST_P(sessions, that_are_the_newest_come_first) {
  detail::session_cache c(10);
  const ssl_session older = fresh();
  const ssl_session newer = fresh();
  c.put("a", older);
  c.put("a", newer);
  EXPECT_EQ(c.take("a").state(), newer.state());
  EXPECT_EQ(c.size(), 1U);  // TLS 1.2: the newer one has taken the other's place
}

TEST_P(sessions, are_never_more_than_the_limit) {
  detail::session_cache c(3);
  const ssl_session s = fresh();
  for (int i = 0; i != 100; ++i) {
    c.put("place " + std::to_string(i), s);
    EXPECT_LE(c.size(), 3U);
  }
  EXPECT_FALSE(c.take("place 96"));
  EXPECT_TRUE(c.take("place 97"));
  EXPECT_TRUE(c.take("place 99"));
}

TEST_P(sessions, of_one_place_do_not_crowd_out_the_others) {
  detail::session_cache c(1000);
  const ssl_session s = fresh();
  c.put("other", s);
  for (int i = 0; i != 1000; ++i) c.put("busy", s);
  EXPECT_LE(c.size(), 17U);
  EXPECT_TRUE(c.take("other"));
}

TEST_P(sessions, that_were_used_meanwhile_are_passed_over) {
  detail::session_cache c(10);
  const ssl_session used = fresh();
  c.put("a", fresh());
  c.put("a", used);
  used.state()->take();
  EXPECT_TRUE(c.take("a"));
}

TEST(session_cache_option, is_refused_if_it_is_negative) {
  context_options o = client_options();
  o.session_cache = -1;
  const ssl_error e = thrown_by([&] { ssl_context::client(o); });
  EXPECT_EQ(e.code(), ssl_errc::bad_configuration);
  EXPECT_EQ(e.operation(), "session_cache");
}

TEST(session_cache_option, is_refused_by_a_server) {
  context_options o = server_options();
  o.session_cache = 10;
  const ssl_error e = thrown_by([&] { ssl_context::server(o); });
  EXPECT_EQ(e.code(), ssl_errc::bad_configuration);
  EXPECT_EQ(e.operation(), "session_cache");
}

}  // namespace
}  // namespace test
}  // namespace iostls
