// SPDX-License-Identifier: Apache-2.0
// pinned_public_keys: peers that are known by their keys.
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <openssl/x509.h>
#include <iostls/iostls.hpp>

#include "algorithms.hpp"
#include "fixture.hpp"
#include "memory_handshake.hpp"
#include "pem.hpp"
#include "session_visit.hpp"
#include "thrown.hpp"
#include "two_ends.hpp"
#include "verification/pins.hpp"

namespace iostls {
namespace test {
namespace {

std::string pin_for(const issued& credential) {
  detail::pin p{};
  EXPECT_TRUE(detail::pin_of(certificate_from(credential.certificate).get(), p));
  return detail::to_text(p);
}

const issued& stranger() {
  static const issued instance = authority("Other").leaf();
  return instance;
}

std::string right_pin() { return pin_for(localhost()); }
std::string wrong_pin() { return pin_for(stranger()); }

connection_options pinned(const std::vector<std::string>& pins) {
  connection_options own;
  own.pinned_public_keys = pins;
  return own;
}

context_options owning(context_options o, const issued& credential) {
  o.certificate = pem_text(credential.certificate);
  o.key = pem_text(credential.key);
  return o;
}

class pins : public testing::TestWithParam<tls_version> {
 protected:
  end_report client_of(const issued& server, const connection_options& own) const {
    const auto context = ssl_context::server(owning(server_options(GetParam()), server));
    return complete_handshake(context, ssl_context::client(client_options()), {}, own).client;
  }

  // What a server that pins its clients' keys makes of one.
  end_report server_of(const issued* client, const connection_options& own) const {
    context_options server = server_options(GetParam());
    server.ca_certificates = pem_text(test_authority().certificate());
    context_options o = client != nullptr ? owning(client_options(), *client) : client_options();
    return complete_handshake(ssl_context::server(server), ssl_context::client(o), own, {}).server;
  }

  static void expect_taken(const end_report& r) { EXPECT_FALSE(r.failed) << r.what; }

  static void expect_refused(const end_report& r) {
    EXPECT_EQ(r.failed, ssl_errc::certificate_rejected) << r.what;
    EXPECT_NE(r.what.find("is none of pinned_public_keys"), std::string::npos) << r.what;
    EXPECT_NE(r.what.find("verify result 50"), std::string::npos) << r.what;
  }
};

INSTANTIATE_TEST_SUITE_P(, pins, testing::Values(tls_version::tls1_2, tls_version::tls1_3),
                         [](const auto& p) { return to_string(p.param); });

TEST_P(pins, let_a_server_with_the_key_pass) {
  expect_taken(client_of(localhost(), pinned({right_pin()})));
  expect_taken(client_of(localhost(), pinned({wrong_pin(), right_pin()})));
  expect_taken(client_of(localhost(), pinned({wrong_pin() + ';' + right_pin()})));
}

TEST_P(pins, refuse_a_server_with_another_key_that_is_verified) {
  const end_report r = client_of(localhost(), pinned({wrong_pin()}));
  expect_refused(r);
  EXPECT_NE(r.what.find(right_pin()), std::string::npos) << r.what;
}

TEST_P(pins, are_asked_for_whatever_else_is_verified) {
  for (const verify_mode mode : {verify_mode::none, verify_mode::optional}) {
    connection_options own = pinned({right_pin()});
    own.verify = mode;
    expect_refused(client_of(stranger(), own));
    own.pinned_public_keys = {wrong_pin()};
    const end_report taken = client_of(stranger(), own);
    expect_taken(taken);
    EXPECT_FALSE(taken.info.verified);
    EXPECT_EQ(taken.info.verify_result, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY);
  }
}

TEST_P(pins, do_not_make_up_for_a_certificate_that_does_not_verify) {
  const end_report r = client_of(stranger(), pinned({wrong_pin()}));
  EXPECT_EQ(r.failed, ssl_errc::certificate_rejected);
  EXPECT_NE(r.what.find("verify result 20"), std::string::npos) << r.what;
  EXPECT_EQ(r.what.find("pinned"), std::string::npos) << r.what;
}

TEST_P(pins, do_not_make_up_for_another_host_name) {
  connection_options own = pinned({right_pin()});
  own.server_name = "elsewhere.example";
  EXPECT_EQ(client_of(localhost(), own).failed, ssl_errc::certificate_rejected);
  own.verify = verify_mode::optional;
  const end_report r = client_of(localhost(), own);
  expect_taken(r);
  EXPECT_EQ(r.info.verify_result, X509_V_ERR_HOSTNAME_MISMATCH);
}

TEST_P(pins, stop_a_server_in_the_middle_of_the_handshake) {
  const auto server = ssl_context::server(server_options(GetParam()));
  const auto client = ssl_context::client(client_options());
  connection_options own = pinned({wrong_pin()});
  own.verify = verify_mode::none;
  memory_handshake h(server, client, {}, own);
  EXPECT_FALSE(h.run());
  EXPECT_EQ(h.server_failure(), SSL_AD_REASON_OFFSET + SSL_AD_HANDSHAKE_FAILURE);
}

TEST_P(pins, are_asked_for_by_servers_too) {
  connection_options own = pinned({right_pin()});
  own.verify = verify_mode::required;
  expect_taken(server_of(&localhost(), own));
  const issued other = test_authority().leaf();
  expect_refused(server_of(&other, own));
  own.verify = verify_mode::optional;
  expect_taken(server_of(nullptr, own));
  expect_refused(server_of(&other, own));
}

TEST_P(pins, of_a_server_that_asks_for_no_certificate_are_refused) {
  context_options o = server_options(GetParam());
  o.pinned_public_keys = {right_pin()};
  const auto context = ssl_context::server(o);
  const ssl_error e = thrown_by([&] { make_connection(context); });
  EXPECT_EQ(e.code(), ssl_errc::bad_configuration);
  EXPECT_EQ(e.operation(), "pinned_public_keys");
}

TEST_P(pins, leave_nothing_to_compare_to_a_pre_shared_key) {
  const std::string obstacle = obstacle_to_psk(GetParam());
  if (!obstacle.empty()) GTEST_SKIP() << obstacle;
  context_options server = server_options(GetParam());
  context_options client = client_options();
  server.psk = client.psk = pre_shared_key{"sensor", std::string(32, 'k')};
  client.pinned_public_keys = {wrong_pin()};
  const both_reports r =
      complete_handshake(ssl_context::server(server), ssl_context::client(client));
  expect_taken(r.client);
  EXPECT_EQ(r.client.info.psk_identity, "sensor");
}

TEST_P(pins, are_asked_for_when_a_session_is_resumed) {
  const auto server = ssl_context::server(server_options(GetParam()));
  const auto client = ssl_context::client(client_options());
  for (const verify_mode mode : {verify_mode::required, verify_mode::optional, verify_mode::none}) {
    connection_options own = pinned({right_pin()});
    own.verify = mode;
    own.session = visit(server, client).session;
    EXPECT_TRUE(visit(server, client, own).info.resumed);
    own.session = visit(server, client).session;
    own.pinned_public_keys = {wrong_pin()};
    const visit_result refused = visit(server, client, own);
    EXPECT_EQ(refused.failed, ssl_errc::certificate_rejected);
    EXPECT_EQ(refused.verify_result, X509_V_ERR_APPLICATION_VERIFICATION);
  }
}

// The session was another server's, whose key is none of the error's business.
TEST_P(pins, of_an_old_session_leave_nothing_for_the_next_error) {
  const auto client = ssl_context::client(client_options());
  connection_options own = pinned({wrong_pin()});
  own.session = visit(ssl_context::server(server_options(GetParam())), client).session;
  ASSERT_TRUE(own.session.value());
  const end_report r = client_of(stranger(), own);
  EXPECT_EQ(r.failed, ssl_errc::certificate_rejected) << r.what;
  EXPECT_NE(r.what.find("verify result 20"), std::string::npos) << r.what;
  EXPECT_EQ(r.what.find(right_pin()), std::string::npos) << r.what;
}

TEST_P(pins, separate_sessions_of_servers_that_share_ticket_keys) {
  context_options o = server_options(GetParam());
  o.ca_certificates = pem_text(test_authority().certificate());
  o.verify = verify_mode::required;
  o.ticket_keys = {ticket_key::from_bytes(std::string(80, 'k'))};
  context_options strict = o, other = o;
  strict.pinned_public_keys = {wrong_pin()};
  other.pinned_public_keys = {right_pin()};
  const auto client = ssl_context::client(owning(client_options(), localhost()));

  // Whether a session that was made without pins is resumed; -1 if the client is refused.
  const auto back_at = [&](const context_options& server) {
    memory_handshake lax(ssl_context::server(o), client);
    EXPECT_TRUE(lax.run());
    memory_handshake h(ssl_context::server(server), client);
    SSL_set_session(h.client(), lax.session().get());
    return h.run() ? SSL_session_reused(h.server()) : -1;
  };
  EXPECT_EQ(back_at(o), 1);
  EXPECT_EQ(back_at(strict), -1);
  EXPECT_EQ(back_at(other), 0);
}

TEST(pin, is_the_hash_of_the_public_key) {
  const issued first = test_authority().leaf();
  EXPECT_NE(pin_for(first), pin_for(localhost()));
  // Another certificate for the same key has the same pin.
  leaf_options rsa;
  rsa.key = key_type::rsa2048;
  const issued a = test_authority().leaf(rsa);
  const issued b = authority("Other").leaf(rsa);
  EXPECT_NE(a.certificate, b.certificate);
  EXPECT_EQ(pin_for(a), pin_for(b));
}

TEST(pin, that_is_none_is_refused_when_it_is_given) {
  const std::string good = right_pin();
  const std::string base64 = good.substr(8);
  const std::vector<std::vector<std::string>> wrong = {
      {},
      {""},
      {good, ""},
      {good + ';'},
      {good + ' '},
      {' ' + good},
      {base64},
      {"sha1//" + base64},
      {"SHA256//" + base64},
      {"sha256/" + base64},
      {"sha256//"},
      {"sha256//" + base64.substr(1)},
      {"sha256//" + base64 + base64},
      {"sha256//" + base64.substr(0, 42) + "\n="},
      {"sha256//" + std::string(43, '-') + '='},
      {"sha256//" + std::string(43, 'A') + 'A'},
      {"sha256//" + std::string(42, 'A') + "B="},
      {"/etc/ssl/key.pem"},
  };
  for (const auto& pins : wrong) {
    context_options o = client_options();
    o.pinned_public_keys = pins;
    const ssl_error e = thrown_by([&] { ssl_context::client(o); });
    EXPECT_EQ(e.code(), ssl_errc::bad_configuration) << e.what();
    EXPECT_EQ(e.operation(), "pinned_public_keys") << e.what();
    EXPECT_TRUE(e.codes().empty()) << e.what();
  }
}

}  // namespace
}  // namespace test
}  // namespace iostls
