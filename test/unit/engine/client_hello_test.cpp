// SPDX-License-Identifier: Apache-2.0
// on_client_hello: what it sees of a client, and what it may do.
#include <algorithm>
#include <atomic>
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
#include "hello_choosing.hpp"
#include "raw_hello.hpp"
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

class client_hello_hook : public hello_choosing {};

INSTANTIATE_TEST_SUITE_P(, client_hello_hook,
                         testing::Values(tls_version::tls1_2, tls_version::tls1_3),
                         [](const auto& p) { return to_string(p.param); });

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

TEST_P(client_hello_hook, lets_nobody_in_if_another_function_has_taken_its_place) {
  server_.on_client_hello = [](const client_hello&) -> client_hello_answer { return {}; };
  const ssl_context server = ssl_context::server(server_);
  SSL_CTX_set_client_hello_cb(
      native_handle(server), [](SSL*, int*, void*) { return SSL_CLIENT_HELLO_SUCCESS; }, nullptr);
  const both_reports reports = complete_handshake(server, ssl_context::client(client_));
  EXPECT_TRUE(contains(reports.server.what, "nobody has asked on_client_hello"))
      << reports.server.what;
}

// It has to be kept until the function has been asked.
TEST(client_hello_of_many_records, is_refused_where_it_would_have_to_be_kept) {
  context_options o = server_options(tls_version::tls1_3);
  int calls = 0;
  o.on_client_hello = [&](const client_hello&) -> client_hello_answer {
    ++calls;
    return {};
  };
  const std::string long_hello = raw_hello(hello_extension(21, std::string(60000, '\0')));
  const ssl_context server = ssl_context::server(o);
  const ssl_error failed = failure_after(in_records(long_hello, 1), server);
  EXPECT_TRUE(mentions(failed, "the client's hello comes in too many records")) << failed.what();
  EXPECT_EQ(calls, 0);
  EXPECT_FALSE(mentions(failure_after(in_records(long_hello), server), "too many records"));
  EXPECT_EQ(calls, 1);
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

}  // namespace
}  // namespace test
}  // namespace iostls
