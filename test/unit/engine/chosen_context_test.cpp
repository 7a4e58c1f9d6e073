// SPDX-License-Identifier: Apache-2.0
// A context that on_client_hello has chosen in the place of the stream's own.
#include <atomic>
#include <chrono>
#include <memory>
#include <string>

#include <gtest/gtest.h>
#include <openssl/ssl.h>
#include <iostls/iostls.hpp>
#include <iostls/native.hpp>

#include "descriptor.hpp"
#include "event.hpp"
#include "fixture.hpp"
#include "hello_choosing.hpp"
#include "session_visit.hpp"
#include "task.hpp"
#include "two_ends.hpp"

namespace iostls {
namespace test {
namespace {

class chosen_context : public hello_choosing {};

INSTANTIATE_TEST_SUITE_P(, chosen_context,
                         testing::Values(tls_version::tls1_2, tls_version::tls1_3),
                         [](const auto& p) { return to_string(p.param); });

TEST_P(chosen_context, holds_in_everything) {
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
TEST_P(chosen_context, may_ask_for_less) {
  const ssl_context lax = ssl_context::server(options_with(certificate_for("lax"), GetParam()));
  server_.verify = verify_mode::required;
  server_.ca_certificates = pem_text(test_authority().certificate());
  const both_reports reports =
      reports_of([&](const client_hello&) -> client_hello_answer { return lax; });
  EXPECT_FALSE(reports.server.failed) << reports.server.what;
  EXPECT_TRUE(reports.server.info.chain.empty());
}

TEST_P(chosen_context, has_its_own_versions_and_ciphers) {
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

TEST_P(chosen_context, leaves_the_options_of_the_stream_in_force) {
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

TEST_P(chosen_context, may_come_with_credentials) {
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

TEST_P(chosen_context, has_sessions_of_its_own) {
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

TEST_P(chosen_context, may_have_been_reloaded) {
  ssl_context other = ssl_context::server(options_with(certificate_for("other"), GetParam()));
  server_.on_client_hello = [&](const client_hello&) -> client_hello_answer { return other; };
  const ssl_context server = ssl_context::server(server_);
  server.reload();
  other.reload();
  const both_reports reports = complete_handshake(server, ssl_context::client(client_));
  EXPECT_TRUE(contains(subject_of(reports), "other")) << reports.client.what;
}

TEST_P(chosen_context, may_be_the_streams_own) {
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

TEST_P(chosen_context, is_not_asked_to_choose) {
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

TEST_P(chosen_context, has_its_own_limits) {
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

extern "C" void note_end(void*, void* ended, CRYPTO_EX_DATA*, int, long, void*) {
  if (ended != nullptr) *static_cast<bool*>(ended) = true;
}

// The handle of before the handshake is still somebody's.
TEST_P(chosen_context, leaves_a_native_handle_valid_that_was_given_out_before) {
  const ssl_context chosen =
      ssl_context::server(options_with(certificate_for("other"), GetParam()));
  server_.on_client_hello = [&](const client_hello&) -> client_hello_answer { return chosen; };
  descriptor_pair pair = socket_pair();
  bool ended = false;
  ssl_server_stream s(pair.b.release(), ssl_context::server(server_));
  SSL* const before = native_handle(*s.rdbuf());
  static const int slot = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, note_end);
  ASSERT_EQ(SSL_set_ex_data(before, slot, &ended), 1);
  task client([&] {
    ssl_client_stream c(pair.a.release(), ssl_context::client(client_));
    EXPECT_NO_THROW(c.do_handshake());
  });
  s.do_handshake();
  EXPECT_NE(native_handle(*s.rdbuf()), before);
  EXPECT_FALSE(ended);
  s.close();
}

}  // namespace
}  // namespace test
}  // namespace iostls
