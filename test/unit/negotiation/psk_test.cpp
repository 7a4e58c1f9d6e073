// SPDX-License-Identifier: Apache-2.0
// Pre-shared keys, with and without certificates.
#include <atomic>
#include <stdexcept>
#include <string>

#include <gtest/gtest.h>
#include <iostls/iostls.hpp>

#include "algorithms.hpp"
#include "fixture.hpp"
#include "memory_handshake.hpp"
#include "negotiation/psk.hpp"
#include "session_visit.hpp"
#include "socket_calls.hpp"
#include "thrown.hpp"
#include "two_ends.hpp"

namespace iostls {
namespace test {
namespace {

pre_shared_key key_named(const std::string& identity, char fill = 'k') {
  return pre_shared_key{identity, std::string(32, fill)};
}

class psk : public testing::TestWithParam<tls_version> {
 protected:
  void SetUp() override {
    const std::string obstacle = obstacle_to_psk(GetParam());
    if (!obstacle.empty()) GTEST_SKIP() << obstacle;
  }

  template <class Options>
  Options limited(Options o) const {
    o.method = tls_method{GetParam(), GetParam()};
    return o;
  }

  // Without certificates.
  ssl_context bare_server(const psk_source& source) const {
    context_options o;
    o.psk = source;
    return ssl_context::server(limited(o));
  }
  ssl_context bare_client(const psk_source& source) const {
    context_options o;
    o.psk = source;
    return ssl_context::client(limited(o));
  }

  // With all that it takes for a handshake with certificates.
  ssl_context full_server(const psk_source& source) const {
    context_options o = server_options();
    o.psk = source;
    return ssl_context::server(limited(o));
  }
  ssl_context full_client(const psk_source& source) const {
    context_options o = client_options();
    o.psk = source;
    return ssl_context::client(limited(o));
  }

  static void expect_used(const both_reports& r, const std::string& identity) {
    EXPECT_FALSE(r.server.failed) << r.server.what;
    EXPECT_FALSE(r.client.failed) << r.client.what;
    for (const end_report* e : {&r.server, &r.client}) {
      SCOPED_TRACE(e == &r.server ? "server" : "client");
      EXPECT_EQ(e->info.psk_identity, identity);
      EXPECT_FALSE(e->info.resumed);
      EXPECT_FALSE(e->peer);
      EXPECT_FALSE(e->info.verified);
      EXPECT_TRUE(e->info.chain.empty());
      EXPECT_EQ(e->info.signature_algorithm, "");
      EXPECT_NE(e->info.group, "") << "no forward secrecy: " << e->info.cipher;
    }
  }

  static void expect_certificate(const both_reports& r) {
    EXPECT_FALSE(r.server.failed) << r.server.what;
    EXPECT_FALSE(r.client.failed) << r.client.what;
    EXPECT_EQ(r.server.info.psk_identity, "");
    EXPECT_EQ(r.client.info.psk_identity, "");
    EXPECT_TRUE(r.client.info.verified);
  }
};

INSTANTIATE_TEST_SUITE_P(versions, psk, testing::Values(tls_version::tls1_2, tls_version::tls1_3),
                         [](const auto& p) { return to_string(p.param); });

TEST_P(psk, by_value_takes_the_place_of_certificates) {
  expect_used(
      complete_handshake(bare_server(key_named("sensor")), bare_client(key_named("sensor"))),
      "sensor");
}

TEST_P(psk, goes_before_certificates) {
  expect_used(
      complete_handshake(full_server(key_named("sensor")), full_client(key_named("sensor"))),
      "sensor");
}

TEST_P(psk, comes_from_functions) {
  const auto keys = [](const std::string& identity) {
    return identity == "b" ? std::string(32, 'b') : std::string();
  };
  std::string asked_for;
  const auto ours = [&](const std::string& server_name) {
    asked_for = server_name;
    return key_named("b", 'b');
  };
  expect_used(complete_handshake(bare_server(keys), full_client(ours)), "b");
  EXPECT_EQ(asked_for, "localhost");
  expect_used(complete_handshake(bare_server(keys), bare_client(ours)), "b");
  EXPECT_EQ(asked_for, "");
}

TEST_P(psk, that_is_wrong_ends_the_handshake) {
  const both_reports r = complete_handshake(full_server(key_named("sensor", 'x')),
                                            full_client(key_named("sensor", 'y')));
  EXPECT_TRUE(r.server.failed);
  EXPECT_TRUE(r.client.failed);
}

TEST_P(psk, that_is_unknown_ends_the_handshake_if_there_is_no_certificate) {
  const both_reports r =
      complete_handshake(bare_server(key_named("a")), bare_client(key_named("b")));
  EXPECT_TRUE(r.server.failed);
  EXPECT_TRUE(r.client.failed);
}

TEST_P(psk, is_not_used_by_a_client_that_has_none_for_this_server) {
  const auto none = [](const std::string&) { return pre_shared_key(); };
  expect_certificate(complete_handshake(full_server(key_named("a")), full_client(none)));
}

TEST_P(psk, is_not_asked_of_a_client_that_knows_none) {
  expect_certificate(complete_handshake(full_server(key_named("a")),
                                        ssl_context::client(limited(client_options()))));
}

TEST_P(psk, is_not_used_by_a_server_that_knows_none) {
  expect_certificate(complete_handshake(ssl_context::server(limited(server_options())),
                                        full_client(key_named("a"))));
}

TEST_P(psk, does_not_make_a_nameless_client_trust_a_certificate) {
  const both_reports r = complete_handshake(ssl_context::server(limited(server_options())), [this] {
    context_options o = client_options();
    o.server_name.reset();
    o.psk = key_named("a");
    return ssl_context::client(limited(o));
  }());
  EXPECT_EQ(r.client.failed, ssl_errc::handshake_failed) << r.client.what;
  EXPECT_NE(r.client.what.find("psk"), std::string::npos) << r.client.what;
}

TEST_P(psk, stands_for_the_certificate_that_a_server_requires) {
  context_options o = server_options();
  o.ca_certificates = pem_text(test_authority().certificate());
  o.verify = verify_mode::required;
  o.psk = key_named("a");
  const ssl_context server = ssl_context::server(limited(o));
  expect_used(complete_handshake(server, full_client(key_named("a"))), "a");
  const both_reports without =
      complete_handshake(server, ssl_context::client(limited(client_options())));
  EXPECT_EQ(without.server.failed, ssl_errc::certificate_rejected) << without.server.what;
}

TEST_P(psk, is_known_when_its_session_is_resumed) {
  const ssl_context server = bare_server(key_named("sensor"));
  const ssl_context client = bare_client(key_named("sensor"));
  memory_handshake first(server, client);
  ASSERT_TRUE(first.run());
  memory_handshake second(server, client);
  SSL_set_session(second.client(), first.session().get());
  ASSERT_TRUE(second.run());
  EXPECT_EQ(SSL_session_reused(second.server()), 1);
  EXPECT_EQ(detail::psk_identity(second.server()), "sensor");
  EXPECT_EQ(detail::psk_identity(second.client()), "sensor");
}

TEST_P(psk, does_not_stand_for_a_certificate_on_a_server_with_the_same_ticket_keys) {
  context_options o = server_options();
  o.ca_certificates = pem_text(test_authority().certificate());
  o.verify = verify_mode::required;
  o.ticket_keys = {ticket_key::random()};
  const ssl_context strict = ssl_context::server(limited(o));
  o.psk = key_named("a");
  const ssl_context with_psk = ssl_context::server(limited(o));
  const ssl_context client = full_client(key_named("a"));
  memory_handshake first(with_psk, client);
  ASSERT_TRUE(first.run());
  memory_handshake second(strict, client);
  SSL_set_session(second.client(), first.session().get());
  EXPECT_FALSE(second.run());
  EXPECT_EQ(second.server_failure(), SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE);
}

struct own_exception : std::runtime_error {
  own_exception() : std::runtime_error("the database is down") {}
};

TEST_P(psk, function_of_a_server_that_throws_ends_the_handshake) {
  descriptor_pair pair = socket_pair();
  task beside([&] {
    EXPECT_TRUE(
        complete_handshake<ssl_client_stream>(std::move(pair.a), bare_client(key_named("a")), {})
            .failed);
  });
  ssl_server_stream s(
      pair.b.get(), bare_server([](const std::string&) -> std::string { throw own_exception(); }));
  pair.b.release();
  EXPECT_THROW(s.do_handshake(), own_exception);
  EXPECT_TRUE(s.bad());
  EXPECT_EQ(s.error(), ssl_errc::handshake_failed);
  ASSERT_NE(s.last_error(), nullptr);
  EXPECT_TRUE(mentions(*s.last_error(), "the database is down")) << s.last_error()->what();
  s.clear();
  EXPECT_EQ(s.get(), std::char_traits<char>::eof());  // and throws nothing
  EXPECT_EQ(s.error(), ssl_errc::handshake_failed);
  s.clear();
  s.close();
}

TEST_P(psk, function_of_a_client_that_throws_lets_no_stream_be_made) {
  descriptor_pair pair = socket_pair();
  const ssl_context client =
      bare_client([](const std::string&) -> pre_shared_key { throw own_exception(); });
  EXPECT_THROW(ssl_client_stream(pair.b.get(), client), own_exception);
  EXPECT_TRUE(is_open(pair.b.get())) << "the descriptor is still the caller's";
  ssl_client_stream s;
  EXPECT_THROW(s.connect("localhost", "1", client), own_exception);
  EXPECT_FALSE(s.is_open());
}

TEST_P(psk, function_of_a_client_that_has_none_does_without_a_name_only_unverified) {
  const ssl_context client = bare_client([](const std::string&) { return pre_shared_key(); });
  EXPECT_EQ(thrown_by([&] { make_connection(client); }).operation(), "server_name");
}

TEST_P(psk, function_that_throws_during_input_is_told_by_the_stream) {
  descriptor_pair pair = socket_pair();
  task beside([&] {
    complete_handshake<ssl_client_stream>(std::move(pair.a), bare_client(key_named("a")), {});
  });
  ssl_server_stream s(
      pair.b.get(), bare_server([](const std::string&) -> std::string { throw own_exception(); }));
  pair.b.release();
  std::string line;
  EXPECT_FALSE(getline(s, line));
  EXPECT_TRUE(s.bad());
  EXPECT_EQ(s.error(), ssl_errc::handshake_failed);
  EXPECT_TRUE(mentions(*s.last_error(), "the database is down"));
}

TEST_P(psk, function_that_returns_a_key_that_is_too_short_ends_the_handshake) {
  const both_reports r =
      complete_handshake(bare_server([](const std::string&) { return std::string("short"); }),
                         bare_client(key_named("a")));
  EXPECT_TRUE(r.server.failed);
  EXPECT_NE(r.server.what.find("16 to 256"), std::string::npos) << r.server.what;
}

TEST(psk_with_1_3, is_asked_for_once_though_the_server_wants_another_hello) {
  std::atomic<int> calls{0};
  context_options server;
  server.psk = key_named("a");
  server.groups = std::vector<std::string>{"P-521"};
  context_options client;
  client.psk = [&](const std::string&) {
    ++calls;
    return key_named("a");
  };
  const both_reports r =
      complete_handshake(ssl_context::server(server), ssl_context::client(client));
  EXPECT_FALSE(r.client.failed) << r.client.what;
  EXPECT_EQ(r.client.info.psk_identity, "a");
  EXPECT_EQ(calls, 1);
}

TEST(psk_with_both_versions, is_used) {
  const std::string obstacle = obstacle_to_psk(tls_version::tls1_2);
  if (!obstacle.empty()) GTEST_SKIP() << obstacle;
  for (const tls_version server_version : {tls_version::tls1_2, tls_version::tls1_3}) {
    context_options server, client;
    server.psk = client.psk = key_named("a");
    server.method = tls_method{server_version, server_version};
    const both_reports r =
        complete_handshake(ssl_context::server(server), ssl_context::client(client));
    EXPECT_FALSE(r.client.failed) << r.client.what;
    EXPECT_EQ(r.server.info.psk_identity, "a");
  }
}

// A server's ticket is no identity: the function is not to see it.
TEST(psk_with_1_3, function_is_not_asked_about_tickets) {
  std::atomic<int> calls{0};
  context_options o = server_options();
  o.psk = [&](const std::string&) {
    ++calls;
    return std::string();
  };
  const ssl_context server = ssl_context::server(o);
  const ssl_context client = ssl_context::client(client_options());
  memory_handshake first(server, client);
  ASSERT_TRUE(first.run());
  memory_handshake second(server, client);
  SSL_set_session(second.client(), first.session().get());
  ASSERT_TRUE(second.run());
  EXPECT_EQ(SSL_session_reused(second.server()), 1);
  EXPECT_EQ(calls, 0);
}

void expect_refused(const psk_source& source, const std::string& reason, bool is_server) {
  context_options o = is_server ? server_options() : client_options();
  o.psk = source;
  const ssl_error e =
      thrown_by([&] { is_server ? ssl_context::server(o) : ssl_context::client(o); });
  EXPECT_EQ(e.code(), ssl_errc::bad_configuration);
  EXPECT_EQ(e.operation(), "psk");
  EXPECT_TRUE(mentions(e, reason)) << e.what();
}

TEST(psk_option, that_is_wrong_is_refused) {
  for (const bool is_server : {true, false}) {
    expect_refused(key_named(""), "identity is empty", is_server);
    expect_refused(key_named(std::string(129, 'i')), "128", is_server);
    expect_refused(key_named(std::string("a\0b", 3)), "NUL", is_server);
    expect_refused(pre_shared_key{"a", std::string(15, 'k')}, "15 bytes", is_server);
    expect_refused(pre_shared_key{"a", std::string(257, 'k')}, "257 bytes", is_server);
  }
  expect_refused([](const std::string&) { return key_named("a"); }, "server wants", true);
  expect_refused([](const std::string&) { return std::string(); }, "client wants", false);
}

TEST(psk_option, may_be_as_long_as_allowed) {
  const std::string obstacle = obstacle_to_psk(tls_version::tls1_2);
  if (!obstacle.empty()) GTEST_SKIP() << obstacle;
  const pre_shared_key longest{std::string(128, 'i'), std::string(256, 'k')};
  for (const tls_version v : {tls_version::tls1_2, tls_version::tls1_3}) {
    context_options server, client;
    server.psk = client.psk = longest;
    server.method = tls_method{v, v};
    const both_reports r =
        complete_handshake(ssl_context::server(server), ssl_context::client(client));
    EXPECT_FALSE(r.client.failed) << r.client.what << r.server.what;
    EXPECT_EQ(r.server.info.psk_identity, longest.identity);
  }
}

TEST(psk_option, is_what_a_server_without_certificate_needs) {
  const ssl_error e = thrown_by([] { ssl_context::server({}); });
  EXPECT_EQ(e.operation(), "certificate");
}

// A client that has shown a key is known, and so is one that resumes that session.
TEST_P(psk, counts_for_a_required_certificate_when_its_session_is_resumed) {
  context_options at_server = limited(context_options());
  at_server.psk = key_named("sensor");
  at_server.verify = verify_mode::required;
  at_server.ca_certificates = pem_text(test_authority().certificate());
  context_options at_client = limited(context_options());
  at_client.psk = key_named("sensor");
  at_client.verify = verify_mode::none;
  at_client.server_name = "localhost";
  const ssl_context server = ssl_context::server(at_server);
  const ssl_context client = ssl_context::client(at_client);
  const visit_result first = visit(server, client);
  ASSERT_FALSE(first.failed) << first.failed.message();
  connection_options again;
  again.session = first.session;
  const visit_result second = visit(server, client, again);
  EXPECT_FALSE(second.failed) << second.failed.message();
  EXPECT_TRUE(second.info.resumed);
}

}  // namespace
}  // namespace test
}  // namespace iostls
