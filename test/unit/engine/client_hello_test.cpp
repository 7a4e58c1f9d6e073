// SPDX-License-Identifier: Apache-2.0
// on_client_hello: what it sees of a client, and what it may do.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <openssl/ssl.h>
#include <iostls/iostls.hpp>
#include <iostls/native.hpp>

#include "algorithms.hpp"
#include "event.hpp"
#include "fixture.hpp"
#include "session_visit.hpp"
#include "task.hpp"
#include "thrown.hpp"
#include "two_ends.hpp"

namespace iostls {
namespace test {
namespace {

bool has(const std::vector<std::uint16_t>& numbers, std::uint16_t wanted) {
  return std::find(numbers.begin(), numbers.end(), wanted) != numbers.end();
}

bool contains(const std::string& text, const std::string& piece) {
  return text.find(piece) != std::string::npos;
}

issued certificate_for(const std::string& name, key_type key = key_type::p256) {
  leaf_options o;
  o.common_name = name;
  o.names = {"localhost"};
  o.key = key;
  return test_authority().leaf(o);
}

context_options options_with(const issued& own, tls_version version) {
  context_options o = server_options(version);
  o.certificate = pem_text(own.certificate);
  o.key = pem_text(own.key);
  return o;
}

server_credential credential_of(const issued& own) {
  credential_source source;
  source.certificate = pem_text(own.both());
  return server_credential(source);
}

class client_hello_hook : public testing::TestWithParam<tls_version> {
 protected:
  client_hello_hook()
      : server_(options_with(certificate_for("default"), GetParam())),
        client_(client_options(GetParam())) {}

  // Of a handshake with a server whose function this is.
  both_reports reports_of(const client_hello_function& function,
                          const connection_options& server_own = {}) {
    server_.on_client_hello = function;
    return complete_handshake(ssl_context::server(server_), ssl_context::client(client_),
                              server_own);
  }

  void give_client_a_certificate() {
    client_.certificate = pem_text(localhost().certificate);
    client_.key = pem_text(localhost().key);
  }

  context_options server_, client_;
};

INSTANTIATE_TEST_SUITE_P(, client_hello_hook,
                         testing::Values(tls_version::tls1_2, tls_version::tls1_3),
                         [](const auto& p) { return to_string(p.param); });

std::string subject_of(const both_reports& reports) { return reports.client.peer.subject(); }

TEST_P(client_hello_hook, sees_what_the_client_offers) {
  client_.alpn = {"h2", "http/1.1"};
  client_.groups = {"P-256", "P-384"};
  client_.signature_algorithms = {"ecdsa_secp256r1_sha256", "rsa_pss_rsae_sha256"};
  server_.alpn = {"h2"};
  client_hello seen;
  int calls = 0;
  const both_reports reports = reports_of([&](const client_hello& hello) -> client_hello_answer {
    seen = hello;
    ++calls;
    return {};
  });
  EXPECT_FALSE(reports.client.failed) << reports.client.what;
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(seen.server_name, "localhost");
  EXPECT_EQ(seen.alpn, (std::vector<std::string>{"h2", "http/1.1"}));
  const bool is_new = GetParam() == tls_version::tls1_3;
  EXPECT_TRUE(has(seen.versions, is_new ? 0x0304 : 0x0303));
  EXPECT_EQ(has(seen.cipher_suites, 0x1301), is_new);
  EXPECT_EQ(seen.groups, (std::vector<std::uint16_t>{0x0017, 0x0018}));
  EXPECT_EQ(seen.signature_algorithms, (std::vector<std::uint16_t>{0x0403, 0x0804}));
  ASSERT_GT(seen.raw.size(), 40U);
  EXPECT_EQ(seen.raw[0], 1);  // a ClientHello
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(seen.raw[i]); };
  EXPECT_EQ((byte(1) << 16U | byte(2) << 8U | byte(3)) + 4U, seen.raw.size());
  EXPECT_TRUE(contains(seen.raw, "localhost"));
}

TEST_P(client_hello_hook, sees_the_addresses_of_both_sides) {
  client_hello seen;
  server_.on_client_hello = [&](const client_hello& hello) -> client_hello_answer {
    seen = hello;
    return {};
  };
  descriptor_pair pair = tcp_pair();
  std::string peer, local;
  task serving([&] {
    ssl_server_stream s(pair.b.release(), ssl_context::server(server_));
    s.do_handshake();
    peer = s.peer_address();
    local = s.local_address();
  });
  ssl_client_stream c(pair.a.release(), ssl_context::client(client_));
  c.do_handshake();
  c.close();
  serving.join();
  EXPECT_FALSE(peer.empty());
  EXPECT_EQ(seen.peer_address, peer);
  EXPECT_EQ(seen.local_address, local);
}

TEST_P(client_hello_hook, lets_the_handshake_go_on_where_it_chooses_nothing) {
  const both_reports reports =
      reports_of([](const client_hello&) -> client_hello_answer { return {}; });
  EXPECT_FALSE(reports.server.failed) << reports.server.what;
  EXPECT_TRUE(contains(subject_of(reports), "default"));
}

TEST_P(client_hello_hook, may_choose_a_credential) {
  const server_credential chosen = credential_of(certificate_for("chosen"));
  server_.alpn = {"h2"};
  client_.alpn = {"h2"};
  const both_reports reports =
      reports_of([&](const client_hello&) -> client_hello_answer { return chosen; });
  EXPECT_FALSE(reports.client.failed) << reports.client.what;
  EXPECT_TRUE(contains(subject_of(reports), "chosen"));
  EXPECT_EQ(reports.client.info.alpn, "h2");  // all else is the context's
}

TEST_P(client_hello_hook, may_choose_a_credential_in_the_place_of_several) {
  credential_source more;
  more.certificate = pem_text(certificate_for("more", key_type::rsa2048).both());
  server_.more_credentials = {more};
  const server_credential chosen = credential_of(certificate_for("chosen"));
  const both_reports reports =
      reports_of([&](const client_hello&) -> client_hello_answer { return chosen; });
  EXPECT_TRUE(contains(subject_of(reports), "chosen")) << reports.client.what;
}

TEST_P(client_hello_hook, may_choose_credentials_with_several_kinds_of_keys) {
  const std::vector<server_credential> both = {
      credential_of(certificate_for("ecdsa")),
      credential_of(certificate_for("rsa", key_type::rsa2048))};
  const auto choose_both = [&](const client_hello&) -> client_hello_answer { return both; };
  EXPECT_TRUE(contains(subject_of(reports_of(choose_both)), "ecdsa"));
  client_.signature_algorithms = {"rsa_pss_rsae_sha256"};
  const both_reports reports = reports_of(choose_both);
  EXPECT_FALSE(reports.client.failed) << reports.client.what;
  EXPECT_TRUE(contains(subject_of(reports), "rsa"));
}

TEST_P(client_hello_hook, may_choose_another_context_of_which_everything_holds) {
  context_options other = options_with(certificate_for("other"), GetParam());
  other.alpn = {"http/1.1"};
  other.verify = verify_mode::required;
  other.ca_certificates = pem_text(test_authority().certificate());
  const ssl_context chosen = ssl_context::server(other);
  const auto choose = [&](const client_hello&) -> client_hello_answer { return chosen; };
  server_.alpn = {"h2"};
  client_.alpn = {"h2", "http/1.1"};
  const both_reports without = reports_of(choose);
  EXPECT_TRUE(without.server.failed == ssl_errc::certificate_rejected) << without.server.what;
  give_client_a_certificate();
  const both_reports reports = reports_of(choose);
  EXPECT_FALSE(reports.server.failed) << reports.server.what;
  EXPECT_TRUE(contains(subject_of(reports), "other"));
  EXPECT_EQ(reports.client.info.alpn, "http/1.1");
  EXPECT_TRUE(reports.server.info.verified);
  ASSERT_FALSE(reports.server.info.chain.empty());
}

// The other way round: SSL_set_SSL_CTX(3) would go on asking for a certificate.
TEST_P(client_hello_hook, may_choose_a_context_that_asks_for_less) {
  const ssl_context lax = ssl_context::server(options_with(certificate_for("lax"), GetParam()));
  server_.verify = verify_mode::required;
  server_.ca_certificates = pem_text(test_authority().certificate());
  const both_reports reports =
      reports_of([&](const client_hello&) -> client_hello_answer { return lax; });
  EXPECT_FALSE(reports.server.failed) << reports.server.what;
  EXPECT_TRUE(reports.server.info.chain.empty());
}

TEST_P(client_hello_hook, chooses_a_context_whose_versions_and_ciphers_hold) {
  const tls_version version =
      GetParam() == tls_version::tls1_2 ? tls_version::tls1_3 : tls_version::tls1_2;
  context_options other = options_with(certificate_for("other"), version);
  other.ciphers = "ECDHE-ECDSA-AES128-GCM-SHA256";
  other.ciphersuites = "TLS_AES_128_GCM_SHA256";
  const ssl_context chosen = ssl_context::server(other);
  client_ = client_options();
  const both_reports reports =
      reports_of([&](const client_hello&) -> client_hello_answer { return chosen; });
  EXPECT_FALSE(reports.client.failed) << reports.client.what;
  EXPECT_EQ(reports.client.info.protocol, version == tls_version::tls1_2 ? "TLSv1.2" : "TLSv1.3");
  EXPECT_TRUE(contains(reports.client.info.cipher, "128"));
}

TEST_P(client_hello_hook, leaves_the_options_of_the_stream_in_force_in_a_chosen_context) {
  const ssl_context chosen =
      ssl_context::server(options_with(certificate_for("other"), GetParam()));
  connection_options own;
  own.alpn = {"h2"};
  own.server_name = "elsewhere.example";
  client_.alpn = {"h2"};
  const auto choose = [&](const client_hello&) -> client_hello_answer { return chosen; };
  const both_reports wrong = reports_of(choose, own);
  EXPECT_TRUE(contains(wrong.client.what, "unrecognized name")) << wrong.client.what;
  own.server_name = "localhost";
  EXPECT_EQ(reports_of(choose, own).client.info.alpn, "h2");
}

TEST_P(client_hello_hook, may_choose_another_context_and_credentials_for_it) {
  context_options other = server_options(GetParam());
  other.alpn = {"http/1.1"};
  const ssl_context chosen = ssl_context::server(other);
  const server_credential own = credential_of(certificate_for("own"));
  client_.alpn = {"http/1.1"};
  const both_reports reports = reports_of([&](const client_hello&) -> client_hello_answer {
    return {chosen, {own}};
  });
  EXPECT_FALSE(reports.client.failed) << reports.client.what;
  EXPECT_TRUE(contains(subject_of(reports), "own"));
  EXPECT_EQ(reports.client.info.alpn, "http/1.1");
}

TEST_P(client_hello_hook, may_refuse_with_an_alert_and_a_reason) {
  const both_reports reports = reports_of([](const client_hello&) -> client_hello_answer {
    return {tls_alert::access_denied, "not today"};
  });
  EXPECT_TRUE(reports.client.failed == ssl_errc::alert_received);
  EXPECT_TRUE(contains(reports.client.what, "access denied")) << reports.client.what;
  EXPECT_FALSE(contains(reports.client.what, "not today"));
  EXPECT_TRUE(reports.server.failed == ssl_errc::handshake_failed);
  EXPECT_TRUE(contains(reports.server.what,
                       "on_client_hello has refused the client with the alert access_denied: not "
                       "today"))
      << reports.server.what;
}

TEST_P(client_hello_hook, ends_the_handshake_with_internal_error_if_it_throws) {
  server_.on_client_hello = [](const client_hello&) -> client_hello_answer {
    throw std::runtime_error("no database");
  };
  descriptor_pair pair = tcp_pair();
  std::string thrown, what;
  task serving([&] {
    ssl_server_stream s(pair.b.release(), ssl_context::server(server_));
    try {
      s.do_handshake();
    } catch (const std::runtime_error& e) {
      thrown = e.what();
    }
    what = s.last_error()->what();
  });
  {
    ssl_client_stream c(pair.a.release(), ssl_context::client(client_));
    const ssl_error failed = thrown_by([&] { c.do_handshake(); });
    EXPECT_TRUE(mentions(failed, "internal error")) << failed.what();
  }
  serving.join();
  EXPECT_EQ(thrown, "no database");
  EXPECT_TRUE(contains(what, "a function of the options has thrown: no database")) << what;
}

TEST_P(client_hello_hook, is_refused_an_answer_that_makes_no_sense) {
  const ssl_context client = ssl_context::client(client_);
  const auto words = [&](const client_hello_function& f) { return reports_of(f).server.what; };
  EXPECT_TRUE(contains(words([&](const client_hello&) -> client_hello_answer { return client; }),
                       "on_client_hello: wrong option: it has chosen a client's context"));
  EXPECT_TRUE(contains(words([](const client_hello&) -> client_hello_answer {
                         return std::vector<server_credential>();
                       }),
                       "the list of credentials is empty"));
  EXPECT_TRUE(contains(
      words([](const client_hello&) -> client_hello_answer { return tls_alert::close_notify; }),
      "the alert close_notify does not end a handshake"));
}

TEST_P(client_hello_hook, makes_a_certificate_unnecessary_for_whom_it_chooses_one) {
  const server_credential chosen = credential_of(certificate_for("chosen"));
  server_ = context_options();
  server_.method = tls_method{GetParam(), GetParam()};
  EXPECT_FALSE(
      reports_of([&](const client_hello&) -> client_hello_answer { return chosen; }).client.failed);
  const both_reports refused =
      reports_of([](const client_hello&) -> client_hello_answer { return {}; });
  EXPECT_TRUE(contains(refused.client.what, "unrecognized name")) << refused.client.what;
  EXPECT_TRUE(contains(refused.server.what, "on_client_hello has chosen none"))
      << refused.server.what;
}

TEST_P(client_hello_hook, is_asked_again_where_a_session_is_resumed) {
  std::atomic<bool> refuses{false};
  std::atomic<int> calls{0};
  server_.on_client_hello = [&](const client_hello&) -> client_hello_answer {
    ++calls;
    if (refuses) return tls_alert::access_denied;
    return {};
  };
  const ssl_context server = ssl_context::server(server_);
  const ssl_context client = ssl_context::client(client_);
  connection_options again;
  again.session = visit(server, client).session;
  const visit_result resumed = visit(server, client, again);
  EXPECT_TRUE(resumed.info.resumed);
  EXPECT_TRUE(resumed.server_agrees);
  EXPECT_EQ(calls, 2);
  refuses = true;
  again.session = resumed.session;
  EXPECT_TRUE(visit(server, client, again).failed == ssl_errc::alert_received);
}

TEST_P(client_hello_hook, binds_sessions_to_the_credential_that_it_has_chosen) {
  const issued a = certificate_for("a");
  const server_credential first = credential_of(a);
  const server_credential same = credential_of(a);
  const server_credential other = credential_of(certificate_for("b"));
  server_credential now = first;
  bool any = true;
  server_.on_client_hello = [&](const client_hello&) -> client_hello_answer {
    return any ? client_hello_answer(now) : client_hello_answer();
  };
  const ssl_context server = ssl_context::server(server_);
  const ssl_context client = ssl_context::client(client_);
  const auto resumes = [&] {
    now = first;
    any = true;
    connection_options again;
    again.session = visit(server, client).session;
    return again;
  };
  connection_options again = resumes();
  now = same;
  EXPECT_TRUE(visit(server, client, again).info.resumed);
  again = resumes();
  now = other;
  EXPECT_FALSE(visit(server, client, again).info.resumed);
  again = resumes();
  any = false;
  EXPECT_FALSE(visit(server, client, again).info.resumed);
}

TEST_P(client_hello_hook, binds_sessions_to_the_context_that_it_has_chosen) {
  const issued own = certificate_for("same");
  context_options a = options_with(own, GetParam());
  context_options strict = a;
  strict.verify = verify_mode::required;
  strict.ca_certificates = pem_text(test_authority().certificate());
  for (const bool shares_keys : {false, true}) {
    SCOPED_TRACE(shares_keys);
    if (shares_keys) {
      a.ticket_keys = {ticket_key::random()};
      server_.ticket_keys = strict.ticket_keys = a.ticket_keys;
    }
    const ssl_context lax = ssl_context::server(a);
    const ssl_context other = ssl_context::server(strict);
    ssl_context now = lax;
    server_.on_client_hello = [&](const client_hello&) -> client_hello_answer { return now; };
    const ssl_context server = ssl_context::server(server_);
    const ssl_context client = ssl_context::client(client_);
    connection_options again;
    again.session = visit(server, client).session;
    const visit_result resumed = visit(server, client, again);
    EXPECT_TRUE(resumed.info.resumed);
    again.session = resumed.session;
    now = other;
    EXPECT_TRUE(visit(server, client, again).failed);
  }
}

TEST_P(client_hello_hook, is_asked_after_a_reload_and_may_choose_what_was_reloaded) {
  ssl_context other = ssl_context::server(options_with(certificate_for("other"), GetParam()));
  server_.on_client_hello = [&](const client_hello&) -> client_hello_answer { return other; };
  const ssl_context server = ssl_context::server(server_);
  server.reload();
  other.reload();
  const both_reports reports = complete_handshake(server, ssl_context::client(client_));
  EXPECT_TRUE(contains(subject_of(reports), "other")) << reports.client.what;
}

TEST_P(client_hello_hook, may_choose_the_context_of_the_stream_itself) {
  std::unique_ptr<ssl_context> itself;
  server_.on_client_hello = [&](const client_hello&) -> client_hello_answer { return *itself; };
  itself = std::make_unique<ssl_context>(ssl_context::server(server_));
  EXPECT_FALSE(complete_handshake(*itself, ssl_context::client(client_)).client.failed);
  const ssl_context before = *itself;
  descriptor_pair pair = socket_pair();
  ssl_server_stream s(pair.b.release(), before);
  itself->reload();  // the stream was made of what was there before
  task client([&] {
    ssl_client_stream c(pair.a.release(), ssl_context::client(client_));
    EXPECT_NO_THROW(c.do_handshake());
  });
  EXPECT_NO_THROW(s.do_handshake());
  s.close();
}

TEST_P(client_hello_hook, is_not_asked_of_a_chosen_context) {
  context_options other = options_with(certificate_for("other"), GetParam());
  std::atomic<int> calls{0};
  other.on_client_hello = [&](const client_hello&) -> client_hello_answer {
    ++calls;
    return tls_alert::internal_error;
  };
  const ssl_context chosen = ssl_context::server(other);
  const both_reports reports =
      reports_of([&](const client_hello&) -> client_hello_answer { return chosen; });
  EXPECT_FALSE(reports.client.failed) << reports.client.what;
  EXPECT_EQ(calls, 0);
}

TEST_P(client_hello_hook, takes_the_limits_of_a_chosen_context) {
  context_options other = options_with(certificate_for("other"), GetParam());
  other.read_timeout = std::chrono::milliseconds(20);
  const ssl_context chosen = ssl_context::server(other);
  server_.on_client_hello = [&](const client_hello&) -> client_hello_answer { return chosen; };
  descriptor_pair pair = tcp_pair();
  event done;
  task client([&] {
    ssl_client_stream c(pair.a.release(), ssl_context::client(client_));
    c.do_handshake();
    done.wait();
  });
  ssl_server_stream s(pair.b.release(), ssl_context::server(server_));
  s.do_handshake();
  EXPECT_EQ(s.get(), std::char_traits<char>::eof());
  EXPECT_TRUE(s.error() == ssl_errc::timed_out) << s.error().message();
  done.happen();
  s.clear();
  s.close();
}

TEST_P(client_hello_hook, may_cancel_its_stream) {
  std::unique_ptr<ssl_server_stream> stream;
  server_.on_client_hello = [&](const client_hello&) -> client_hello_answer {
    stream->cancel();
    return {};
  };
  descriptor_pair pair = socket_pair();
  stream = std::make_unique<ssl_server_stream>(pair.b.release(), ssl_context::server(server_));
  task client([&] {
    ssl_client_stream c(pair.a.release(), ssl_context::client(client_));
    EXPECT_THROW(c.do_handshake(), ssl_error);
  });
  const ssl_error failed = thrown_by([&] { stream->do_handshake(); });
  EXPECT_TRUE(failed.code() == ssl_errc::canceled) << failed.what();
  stream.reset();
}

TEST_P(client_hello_hook, keeps_no_other_connection_waiting_while_it_takes_its_time) {
  event inside, go_on;
  std::atomic<bool> waits{true};
  server_.on_client_hello = [&](const client_hello&) -> client_hello_answer {
    if (waits.exchange(false)) {
      inside.happen();
      go_on.wait();
    }
    return {};
  };
  const ssl_context server = ssl_context::server(server_);
  const ssl_context client = ssl_context::client(client_);
  both_reports slow;
  task first([&] { slow = complete_handshake(server, client); });
  inside.wait();
  EXPECT_FALSE(complete_handshake(server, client).client.failed);
  go_on.happen();
  first.join();
  EXPECT_FALSE(slow.client.failed) << slow.client.what;
}

// The handle of before the handshake is still somebody's.
TEST_P(client_hello_hook, leaves_a_native_handle_valid_that_was_given_out_before) {
  const ssl_context chosen =
      ssl_context::server(options_with(certificate_for("other"), GetParam()));
  server_.on_client_hello = [&](const client_hello&) -> client_hello_answer { return chosen; };
  descriptor_pair pair = socket_pair();
  ssl_server_stream s(pair.b.release(), ssl_context::server(server_));
  SSL* const before = native_handle(*s.rdbuf());
  task client([&] {
    ssl_client_stream c(pair.a.release(), ssl_context::client(client_));
    EXPECT_NO_THROW(c.do_handshake());
  });
  s.do_handshake();
  EXPECT_NE(native_handle(*s.rdbuf()), before);
  EXPECT_EQ(SSL_is_server(before), 1);
  s.close();
}

TEST_P(client_hello_hook, lets_nobody_in_if_another_function_has_taken_its_place) {
  server_.on_client_hello = [](const client_hello&) -> client_hello_answer { return {}; };
  const ssl_context server = ssl_context::server(server_);
  SSL_CTX_set_client_hello_cb(
      native_handle(server), [](SSL*, int*, void*) { return SSL_CLIENT_HELLO_SUCCESS; }, nullptr);
  const both_reports reports = complete_handshake(server, ssl_context::client(client_));
  EXPECT_TRUE(contains(reports.server.what, "nobody has asked on_client_hello"))
      << reports.server.what;
}

TEST(client_hello_hook_options, is_a_servers_alone) {
  context_options o = client_options();
  o.on_client_hello = [](const client_hello&) -> client_hello_answer { return {}; };
  const ssl_error failed = thrown_by([&] { ssl_context::client(o); });
  EXPECT_TRUE(failed.code() == ssl_errc::bad_configuration);
  EXPECT_TRUE(
      mentions(failed, "on_client_hello: wrong option: only a server sees a client's hello"))
      << failed.what();
}

TEST(server_credential_test, names_what_it_cannot_use) {
  const auto failure = [](const pem_source& certificate) {
    credential_source source;
    source.certificate = certificate;
    return thrown_by([&] { server_credential{source}; });
  };
  EXPECT_TRUE(mentions(failure({}), "certificate: "));
  EXPECT_TRUE(mentions(failure("/nowhere.pem"), "/nowhere.pem"));
  EXPECT_TRUE(failure("/nowhere.pem").code() == ssl_errc::bad_credentials);
  EXPECT_TRUE(mentions(failure(pem_text(localhost().certificate)), "private key"));
  if (only_fips_is_allowed()) GTEST_SKIP() << "FIPS' provider makes no weak keys";
  EXPECT_TRUE(mentions(failure(pem_text(certificate_for("weak", key_type::rsa1024).both())),
                       "OpenSSL does not accept"));
}

// A request for another hello (RFC 8446, 4.1.4).
context_options wants_another_group() {
  context_options o = server_options(tls_version::tls1_3);
  o.groups = {"P-384"};
  return o;
}

context_options sends_another_key() {
  context_options o = client_options(tls_version::tls1_3);
  o.groups = {"P-256", "P-384"};
  return o;
}

TEST(second_hello, is_not_asked_about_again) {
  context_options server = wants_another_group();
  for (const bool changes_context : {false, true}) {
    SCOPED_TRACE(changes_context);
    const ssl_context other = ssl_context::server(wants_another_group());
    std::atomic<int> calls{0};
    server.on_client_hello = [&](const client_hello&) -> client_hello_answer {
      ++calls;
      return changes_context ? client_hello_answer(other) : client_hello_answer();
    };
    const both_reports reports =
        complete_handshake(ssl_context::server(server), ssl_context::client(sends_another_key()));
    EXPECT_FALSE(reports.client.failed) << reports.client.what;
    EXPECT_EQ(reports.client.info.group, "secp384r1");
    EXPECT_EQ(calls, 1);
  }
}

TEST(second_hello, that_asks_for_another_host_is_refused) {
  for (const bool changes_context : {false, true}) {
    SCOPED_TRACE(changes_context);
    context_options options = wants_another_group();
    const ssl_context other = ssl_context::server(wants_another_group());
    options.on_client_hello = [&](const client_hello&) -> client_hello_answer {
      return changes_context ? client_hello_answer(other) : client_hello_answer();
    };
    const ssl_context server = ssl_context::server(options);
    peer_options client = client_peer(tls_version::tls1_3);
    client.verify = SSL_VERIFY_NONE;
    client.tune = [&](SSL_CTX* ctx) {
      SSL_CTX_set1_groups_list(ctx, "X25519:P-384");
      SSL_CTX_set_msg_callback(
          ctx, [](int is_sent, int, int type, const void* data, size_t size, SSL* ssl, void*) {
            const bool is_retry = is_sent == 0 && type == SSL3_RT_HANDSHAKE && size > 0 &&
                                  *static_cast<const unsigned char*>(data) == SSL3_MT_SERVER_HELLO;
            if (is_retry) SSL_set_tlsext_host_name(ssl, "admin.example");
          });
    };
    descriptor_pair pair = tcp_pair();
    std::string what;
    task serving([&] {
      ssl_server_stream s(pair.b.release(), server);
      try {
        s.do_handshake();
      } catch (const ssl_error& e) {
        what = e.what();
      }
    });
    tls_peer peer(std::move(pair.a), client);
    peer.handshake();
    peer.close();
    serving.join();
    EXPECT_TRUE(contains(what, changes_context ? "another host than the client asks for in the end"
                                               : "second hello asks for another host"))
        << what;
  }
}

}  // namespace
}  // namespace test
}  // namespace iostls
