// SPDX-License-Identifier: Apache-2.0
// on_handshake, and the counters of a context.
#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <iostls/iostls.hpp>

#include "event.hpp"
#include "fixture.hpp"
#include "process.hpp"
#include "session_visit.hpp"
#include "task.hpp"
#include "thrown.hpp"
#include "two_ends.hpp"

namespace iostls {
namespace test {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

// What a context's function is given.
class report_list {
 public:
  handshake_function function() {
    return [this](const handshake_event& e) {
      const std::lock_guard<std::mutex> hold(lock_);
      events_.push_back(e);
    };
  }
  std::size_t size() const { return events_.size(); }
  const handshake_event& only() const { return events_.at(0); }
  const handshake_event& last() const { return events_.back(); }

 private:
  std::mutex lock_;
  std::vector<handshake_event> events_;
};

class handshake_report : public testing::TestWithParam<tls_version> {
 protected:
  handshake_report() : server_(server_options(GetParam())), client_(client_options(GetParam())) {
    server_.on_handshake = served_.function();
    client_.on_handshake = asked_.function();
  }

  both_reports run() {
    return complete_handshake(ssl_context::server(server_), ssl_context::client(client_));
  }

  report_list served_, asked_;
  context_options server_, client_;
};

INSTANTIATE_TEST_SUITE_P(, handshake_report,
                         testing::Values(tls_version::tls1_2, tls_version::tls1_3),
                         [](const auto& p) { return to_string(p.param); });

TEST_P(handshake_report, has_both_addresses_and_what_was_agreed_on) {
  server_.alpn = {"h2"};
  client_.alpn = {"h2"};
  std::string peer, local;
  descriptor_pair pair = tcp_pair();
  task serving([&] {
    ssl_server_stream s(pair.b.release(), ssl_context::server(server_));
    s.do_handshake();
    EXPECT_EQ(served_.size(), 1U);  // before the operation returns
    peer = s.peer_address();
    local = s.local_address();
  });
  {
    ssl_client_stream c(pair.a.release(), ssl_context::client(client_));
    c.do_handshake();
    c.do_handshake();
  }
  serving.join();
  ASSERT_EQ(served_.size(), 1U);
  const handshake_event& at_server = served_.only();
  EXPECT_TRUE(at_server.is_server);
  EXPECT_EQ(at_server.error, nullptr);
  EXPECT_FALSE(peer.empty());
  EXPECT_EQ(at_server.peer_address, peer);
  EXPECT_EQ(at_server.local_address, local);
  EXPECT_EQ(at_server.info.server_name, "localhost");
  EXPECT_EQ(at_server.info.alpn, "h2");
  EXPECT_GT(at_server.info.handshake_duration, microseconds(0));
  EXPECT_TRUE(at_server.target.empty());
  ASSERT_EQ(asked_.size(), 1U);
  const handshake_event& at_client = asked_.only();
  EXPECT_FALSE(at_client.is_server);
  EXPECT_EQ(at_client.peer_address, local);
  EXPECT_EQ(at_client.target, "localhost");
  EXPECT_TRUE(at_client.info.verified);
  EXPECT_FALSE(at_client.info.chain.empty());
}

TEST_P(handshake_report, has_the_error_of_a_handshake_that_fails) {
  client_.ca_certificates = pem_text(authority("Other").certificate());
  const both_reports reports = run();
  ASSERT_EQ(asked_.size(), 1U);
  ASSERT_NE(asked_.only().error, nullptr);
  EXPECT_EQ(asked_.only().error->what(), reports.client.what);
  EXPECT_TRUE(asked_.only().error->code() == ssl_errc::certificate_rejected);
  EXPECT_TRUE(asked_.only().info.protocol.empty());
  ASSERT_EQ(served_.size(), 1U);
  ASSERT_NE(served_.only().error, nullptr);
  EXPECT_TRUE(served_.only().error->code() == ssl_errc::alert_received);
  EXPECT_EQ(served_.only().info.server_name, "localhost");
}

TEST_P(handshake_report, has_the_name_that_a_refused_client_has_asked_for) {
  server_.on_client_hello = [](const client_hello&) -> client_hello_answer {
    return tls_alert::access_denied;
  };
  run();
  ASSERT_EQ(served_.size(), 1U);
  EXPECT_EQ(served_.only().info.server_name, "localhost");
  ASSERT_NE(served_.only().error, nullptr);
  EXPECT_TRUE(mentions(*served_.only().error, "on_client_hello has refused"));
}

TEST_P(handshake_report, comes_from_a_context_that_was_chosen) {
  context_options other = server_options(GetParam());
  report_list chosen;
  other.on_handshake = chosen.function();
  const ssl_context context = ssl_context::server(other);
  server_.on_client_hello = [&](const client_hello&) -> client_hello_answer { return context; };
  const ssl_context server = ssl_context::server(server_);
  EXPECT_FALSE(complete_handshake(server, ssl_context::client(client_)).client.failed);
  EXPECT_EQ(chosen.size(), 1U);
  EXPECT_EQ(served_.size(), 0U);
  EXPECT_EQ(context.counters().full_handshakes, 1U);
  EXPECT_EQ(server.counters().full_handshakes, 0U);
}

TEST_P(handshake_report, breaks_nothing_by_what_it_throws) {
  server_.on_handshake = [](const handshake_event&) { throw std::runtime_error("disk full"); };
  client_.on_handshake = [](const handshake_event&) { throw 1; };
  const both_reports reports = run();
  EXPECT_FALSE(reports.server.failed) << reports.server.what;
  EXPECT_FALSE(reports.client.failed) << reports.client.what;
}

TEST_P(handshake_report, leaves_an_error_as_it_is_whatever_it_throws) {
  client_.ca_certificates = pem_text(authority("Other").certificate());
  client_.on_handshake = [](const handshake_event&) { throw std::runtime_error("disk full"); };
  EXPECT_TRUE(run().client.failed == ssl_errc::certificate_rejected);
}

TEST_P(handshake_report, may_cancel_the_stream_and_do_nothing_else_with_it) {
  std::unique_ptr<ssl_server_stream> stream;
  std::string refused;
  server_.on_handshake = [&](const handshake_event&) {
    try {
      stream->info();
    } catch (const ssl_error& e) {
      refused = e.what();
    }
    stream->cancel();
  };
  descriptor_pair pair = socket_pair();
  stream = std::make_unique<ssl_server_stream>(pair.b.release(), ssl_context::server(server_));
  task client([&] {
    ssl_client_stream c(pair.a.release(), ssl_context::client(client_));
    c.get();
  });
  const ssl_error failed = thrown_by([&] { stream->do_handshake(); });
  EXPECT_TRUE(failed.code() == ssl_errc::canceled) << failed.what();
  EXPECT_NE(refused.find("uses the stream that has called it"), std::string::npos) << refused;
  stream.reset();
}

TEST_P(handshake_report, reports_a_peer_that_leaves_and_one_that_sends_nothing) {
  {
    descriptor_pair pair = tcp_pair();
    pair.a.reset();
    ssl_server_stream s(pair.b.release(), ssl_context::server(server_));
    EXPECT_THROW(s.do_handshake(), ssl_error);
  }
  ASSERT_EQ(served_.size(), 1U);
  EXPECT_FALSE(served_.last().peer_address.empty());
  server_.handshake_timeout = milliseconds(20);
  descriptor_pair pair = tcp_pair();
  ssl_server_stream s(pair.b.release(), ssl_context::server(server_));
  EXPECT_THROW(s.do_handshake(), ssl_error);
  ASSERT_EQ(served_.size(), 2U);
  EXPECT_TRUE(served_.last().error->code() == ssl_errc::timed_out);
  EXPECT_GE(served_.last().info.handshake_duration, milliseconds(20));
}

TEST_P(handshake_report, does_not_take_a_wait_that_may_go_on_for_a_failure) {
  descriptor_pair pair = tcp_pair();
  ssl_server_stream s(pair.b.release(), ssl_context::server(server_));
  s.expires_after(milliseconds(10));
  EXPECT_THROW(s.do_handshake(), ssl_error);
  EXPECT_EQ(served_.size(), 0U);
  s.expires_never();
  s.clear();
  task client([&] {
    ssl_client_stream c(pair.a.release(), ssl_context::client(client_));
    EXPECT_NO_THROW(c.do_handshake());
  });
  s.do_handshake();
  ASSERT_EQ(served_.size(), 1U);
  EXPECT_EQ(served_.only().error, nullptr);
  s.close();
}

TEST_P(handshake_report, comes_when_a_handshake_is_given_up) {
  server_.close_timeout = milliseconds(0);
  {
    descriptor_pair pair = tcp_pair();
    ssl_server_stream s(pair.b.release(), ssl_context::server(server_));
    s.expires_after(milliseconds(10));
    EXPECT_THROW(s.do_handshake(), ssl_error);
  }
  ASSERT_EQ(served_.size(), 1U);
  EXPECT_TRUE(served_.only().error->code() == ssl_errc::timed_out) << served_.only().error->what();
  {
    descriptor_pair pair = tcp_pair();
    const ssl_server_stream unused(pair.b.release(), ssl_context::server(server_));
  }
  EXPECT_EQ(served_.size(), 1U);
}

TEST_P(handshake_report, has_what_was_connected_to) {
  tcp_listener listener("127.0.0.1", "0");
  task serving([&] {
    ssl_server_stream s(listener.accept(), ssl_context::server(server_));
    s.do_handshake();
  });
  const std::string port = std::to_string(listener.port());
  client_.server_name = "localhost";
  {
    const ssl_client_stream c("127.0.0.1", port, ssl_context::client(client_));
    EXPECT_TRUE(c) << c.error().message();
  }
  serving.join();
  ASSERT_EQ(asked_.size(), 1U);
  EXPECT_EQ(asked_.only().target, "127.0.0.1:" + port);
  EXPECT_GT(asked_.only().info.connect_duration, microseconds(0));
}

class counters : public handshake_report {};

INSTANTIATE_TEST_SUITE_P(, counters, testing::Values(tls_version::tls1_2, tls_version::tls1_3),
                         [](const auto& p) { return to_string(p.param); });

TEST_P(counters, count_full_and_resumed_handshakes_and_bytes_at_both_sides) {
  const ssl_context server = ssl_context::server(server_);
  const ssl_context client = ssl_context::client(client_);
  EXPECT_EQ(server.counters().bytes_received, 0U);
  connection_options again;
  again.session = visit(server, client).session;
  const context_counters first = server.counters();
  EXPECT_EQ(first.full_handshakes, 1U);
  EXPECT_EQ(first.resumed_handshakes, 0U);
  EXPECT_TRUE(visit(server, client, again).info.resumed);
  EXPECT_TRUE(asked_.last().info.resumed);
  EXPECT_TRUE(served_.last().info.resumed);
  const context_counters now = server.counters();
  const context_counters there = client.counters();
  EXPECT_EQ(now.full_handshakes, 1U);
  EXPECT_EQ(now.resumed_handshakes, 1U);
  EXPECT_EQ(there.full_handshakes, 1U);
  EXPECT_EQ(there.resumed_handshakes, 1U);
  EXPECT_EQ(now.bytes_received, there.bytes_sent);
  EXPECT_EQ(now.bytes_sent, there.bytes_received);
  EXPECT_GT(now.bytes_sent, first.bytes_sent);
  EXPECT_EQ(now.failed_handshakes(), 0U);
  EXPECT_EQ(now.alerts_sent() + now.alerts_received(), 0U);  // close_notify does not count
}

TEST_P(counters, count_failures_by_kind_and_alerts_by_name) {
  client_.ca_certificates = pem_text(authority("Other").certificate());
  const ssl_context server = ssl_context::server(server_);
  const ssl_context client = ssl_context::client(client_);
  complete_handshake(server, client);
  const context_counters here = server.counters();
  EXPECT_EQ(here.failed_handshakes(), 1U);
  EXPECT_EQ(here.failed_handshakes(ssl_errc::alert_received), 1U);
  EXPECT_EQ(here.alerts_received(tls_alert::unknown_ca), 1U);
  EXPECT_EQ(here.alerts_received(), 1U);
  EXPECT_EQ(here.alerts_sent(), 0U);
  const context_counters there = client.counters();
  EXPECT_EQ(there.failed_handshakes(ssl_errc::certificate_rejected), 1U);
  EXPECT_EQ(there.alerts_sent(tls_alert::unknown_ca), 1U);
  EXPECT_EQ(there.full_handshakes, 0U);
}

TEST_P(counters, are_shared_by_copies_and_kept_over_a_reload) {
  const ssl_context server = ssl_context::server(server_);
  const ssl_context copy = server;
  const ssl_context client = ssl_context::client(client_);
  complete_handshake(server, client);
  server.reload();
  EXPECT_EQ(copy.counters().full_handshakes, 1U);
  complete_handshake(copy, client);
  EXPECT_EQ(server.counters().full_handshakes, 2U);
  EXPECT_EQ(served_.size(), 2U);
  EXPECT_EQ(ssl_context::server(server_).counters().full_handshakes, 0U);
}

TEST_P(counters, of_a_child_process_are_its_own) {
  const ssl_context server = ssl_context::server(server_);
  complete_handshake(server, ssl_context::client(client_));
  const child_result result = run_in_child([&] {
    descriptor_pair pair = tcp_pair();
    pair.a.reset();
    ssl_server_stream stream(pair.b.release(), server);
    const bool succeeds = static_cast<bool>(stream.put('a').flush());
    const context_counters now = server.counters();
    return !succeeds && now.full_handshakes == 1 && now.failed_handshakes() == 1 ? 0 : 1;
  });
  EXPECT_EQ(result, (child_result{0, 0}));
  EXPECT_EQ(server.counters().failed_handshakes(), 0U);
  EXPECT_EQ(served_.size(), 1U);
}

TEST_P(counters, lose_nothing_where_several_threads_count_and_read) {
  constexpr int each = 20;
  const ssl_context server = ssl_context::server(server_);
  const ssl_context client = ssl_context::client(client_);
  std::atomic<bool> done{false};
  task reading([&] {
    std::uint64_t before = 0;
    while (!done) {
      const std::uint64_t now = server.counters().full_handshakes;
      EXPECT_GE(now, before);
      before = now;
    }
  });
  const auto work = [&] {
    for (int i = 0; i != each; ++i) complete_handshake(server, client);
  };
  {
    task one(work);
    task two(work);
    task reloading([&] {
      for (int i = 0; i != each; ++i) server.reload();
    });
  }
  done = true;
  reading.join();
  EXPECT_EQ(server.counters().full_handshakes, 2U * each);
  EXPECT_EQ(client.counters().full_handshakes, 2U * each);
  EXPECT_EQ(served_.size(), 2U * each);
}

}  // namespace
}  // namespace test
}  // namespace iostls
