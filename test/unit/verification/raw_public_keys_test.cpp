// SPDX-License-Identifier: Apache-2.0
// Peers that show a bare public key in the place of a certificate (RFC 7250). Where OpenSSL cannot, the
// options are refused.
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <iostls/iostls.hpp>

#include "authority.hpp"
#include "files.hpp"
#include "fixture.hpp"
#include "openssl/raw_public_key.hpp"
#include "pem.hpp"
#include "session_visit.hpp"
#include "task.hpp"
#include "thrown.hpp"
#include "two_ends.hpp"

namespace iostls {
namespace test {
namespace {

using pins = std::vector<std::string>;

std::string pin_for(const issued& credential) {
  return certificate::from_pem(credential.certificate).public_key_pin();
}

// A certificate of which nothing is right but its key.
const issued& outdated() {
  static const issued instance = [] {
    leaf_options o;
    o.names = {"elsewhere.example"};
    o.valid = {std::chrono::hours(-48), std::chrono::hours(-24)};
    return authority("Unknown").leaf(o);
  }();
  return instance;
}

const issued& stranger() {
  static const issued instance = authority("Other").leaf();
  return instance;
}

class raw_public_keys : public testing::TestWithParam<tls_version> {
 protected:
  void SetUp() override {
    if (!detail::has_raw_public_keys)
      GTEST_SKIP() << "OpenSSL has raw public keys since version 3.2";
    show(server_, outdated());
    client_.accept_raw_public_keys = true;
    client_.pinned_public_keys = pins{pin_for(outdated())};
  }

  static void show(context_options& who, const issued& as) {
    who.certificate = pem_text(as.both());
    who.key = {};
    who.present_raw_public_key = true;
  }

  // Turns the scene around: the server judges the client.
  void judge_clients() {
    server_.certificate = pem_text(localhost().both());
    server_.present_raw_public_key.reset();
    server_.verify = verify_mode::required;
    server_.ca_certificates = pem_text(test_authority().certificate());
    server_.accept_raw_public_keys = true;
    server_.pinned_public_keys = pins{pin_for(outdated())};
    client_ = client_options(GetParam());
    show(client_, outdated());
  }

  both_reports meet() const {
    return complete_handshake(ssl_context::server(server_), ssl_context::client(client_));
  }

  static void expect_key(const end_report& r, const issued& of) {
    EXPECT_FALSE(r.failed) << r.what;
    EXPECT_EQ(r.info.raw_public_key_pin, pin_for(of));
    EXPECT_TRUE(r.info.verified);
    EXPECT_EQ(r.info.verify_result, 0);
    EXPECT_TRUE(r.info.chain.empty());
    EXPECT_FALSE(r.peer);
  }

  static void expect_refused(const end_report& r) {
    EXPECT_EQ(r.failed, ssl_errc::certificate_rejected) << r.what;
    EXPECT_NE(r.what.find("is none of pinned_public_keys"), std::string::npos) << r.what;
    EXPECT_NE(r.what.find(pin_for(outdated())), std::string::npos) << r.what;
  }

  context_options server_ = server_options(GetParam());
  context_options client_ = client_options(GetParam());
};

INSTANTIATE_TEST_SUITE_P(, raw_public_keys,
                         testing::Values(tls_version::tls1_2, tls_version::tls1_3),
                         [](const auto& p) { return to_string(p.param); });

TEST_P(raw_public_keys, let_a_server_pass_whose_key_is_pinned) {
  expect_key(meet().client, outdated());
  for (const verify_mode mode : {verify_mode::none, verify_mode::optional}) {
    client_.verify = mode;
    const end_report r = meet().client;
    EXPECT_FALSE(r.failed) << r.what;
    EXPECT_EQ(r.info.raw_public_key_pin, pin_for(outdated()));
    EXPECT_EQ(r.info.verified, mode != verify_mode::none);
  }
}

TEST_P(raw_public_keys, let_a_client_pass_whose_key_is_pinned) {
  judge_clients();
  expect_key(meet().server, outdated());
  server_.verify = verify_mode::optional;
  expect_key(meet().server, outdated());
}

TEST_P(raw_public_keys, that_are_not_pinned_do_not_let_a_server_pass) {
  client_.pinned_public_keys = pins{pin_for(stranger())};
  for (const verify_mode mode : {verify_mode::required, verify_mode::optional, verify_mode::none}) {
    client_.verify = mode;
    expect_refused(meet().client);
  }
}

TEST_P(raw_public_keys, that_are_not_pinned_do_not_let_a_client_pass) {
  judge_clients();
  server_.pinned_public_keys = pins{pin_for(stranger())};
  for (const verify_mode mode : {verify_mode::required, verify_mode::optional}) {
    server_.verify = mode;
    expect_refused(meet().server);
  }
}

TEST_P(raw_public_keys, are_not_shown_to_a_peer_that_does_not_accept_them) {
  show(server_, localhost());
  client_.accept_raw_public_keys.reset();
  client_.pinned_public_keys = pins{pin_for(localhost())};
  const end_report r = meet().client;
  EXPECT_FALSE(r.failed) << r.what;
  EXPECT_EQ(r.info.raw_public_key_pin, "");
  EXPECT_EQ(r.peer.subject(), "CN=localhost");
}

TEST_P(raw_public_keys, do_not_ease_what_is_asked_of_a_certificate) {
  server_.present_raw_public_key = false;
  const end_report r = meet().client;
  EXPECT_EQ(r.failed, ssl_errc::certificate_rejected) << r.what;
  EXPECT_EQ(r.what.find("pinned"), std::string::npos) << r.what;
}

TEST_P(raw_public_keys, are_those_of_the_connection_if_it_has_pins_of_its_own) {
  client_.accept_raw_public_keys.reset();
  client_.pinned_public_keys.reset();
  connection_options own;
  own.accept_raw_public_keys = true;
  own.pinned_public_keys = pins{pin_for(outdated())};
  const ssl_context server = ssl_context::server(server_);
  const ssl_context client = ssl_context::client(client_);
  expect_key(complete_handshake(server, client, {}, own).client, outdated());
  EXPECT_TRUE(complete_handshake(server, client).client.failed);
}

TEST_P(raw_public_keys, are_read_again_by_a_reload) {
  const temp_dir dir;
  dir.write("server.pem", outdated().both());
  server_.certificate = dir / "server.pem";
  const ssl_context server = ssl_context::server(server_);
  const ssl_context client = ssl_context::client(client_);
  expect_key(complete_handshake(server, client).client, outdated());
  dir.write("server.pem", stranger().both());
  server.reload();
  EXPECT_EQ(complete_handshake(server, client).client.failed, ssl_errc::certificate_rejected);
  client_.pinned_public_keys = pins{pin_for(stranger())};
  expect_key(complete_handshake(server, ssl_context::client(client_)).client, stranger());
}

TEST_P(raw_public_keys, of_a_server_are_judged_again_before_its_session_is_resumed) {
  const ssl_context server = ssl_context::server(server_);
  connection_options own;
  const auto come = [&] { return visit(server, ssl_context::client(client_), own); };
  visit_result r = come();
  own.session = ssl_session::from_bytes(r.session.to_bytes());
  r = come();
  EXPECT_TRUE(r.info.resumed);
  EXPECT_TRUE(r.info.verified);
  EXPECT_EQ(r.info.raw_public_key_pin, pin_for(outdated()));
  own.session = r.session;
  client_.pinned_public_keys = pins{pin_for(stranger())};
  EXPECT_EQ(come().failed, ssl_errc::certificate_rejected);
  client_.accept_raw_public_keys = false;
  client_.pinned_public_keys.reset();
  EXPECT_EQ(come().failed, ssl_errc::certificate_rejected);
}

TEST_P(raw_public_keys, of_a_session_are_left_out_by_a_client_that_takes_none) {
  const ssl_context server = ssl_context::server(server_);
  connection_options own;
  own.session = visit(server, ssl_context::client(client_)).session;
  client_.accept_raw_public_keys.reset();
  client_.pinned_public_keys.reset();
  client_.verify = verify_mode::none;
  const visit_result r = visit(server, ssl_context::client(client_), own);
  EXPECT_FALSE(r.failed);
  EXPECT_FALSE(r.info.resumed);
}

TEST_P(raw_public_keys, of_a_client_are_judged_again_before_its_session_is_resumed) {
  judge_clients();
  const ssl_context client = ssl_context::client(client_);
  server_.ticket_keys = {ticket_key::random()};
  connection_options own;
  const auto come = [&] { return visit(ssl_context::server(server_), client, own); };
  for (const verify_mode mode : {verify_mode::required, verify_mode::optional}) {
    server_.verify = mode;
    server_.accept_raw_public_keys = true;
    server_.pinned_public_keys = pins{pin_for(outdated())};
    own.session.reset();
    visit_result r = come();
    own.session = r.session;
    r = come();
    EXPECT_TRUE(r.info.resumed);
    own.session = r.session;
    server_.accept_raw_public_keys = false;
    EXPECT_TRUE(come().failed) << "its certificate is not trusted";
    server_.accept_raw_public_keys = true;
    server_.pinned_public_keys = pins{pin_for(stranger())};
    EXPECT_TRUE(come().failed);
  }
}

TEST_P(raw_public_keys, have_no_end_point_to_bind_to) {
  const ssl_context server = ssl_context::server(server_);
  const ssl_context client = ssl_context::client(client_);
  descriptor_pair pair = socket_pair();
  task serving([&] {
    ssl_server_stream s(pair.a.get(), server);
    pair.a.release();
    s.do_handshake();
    EXPECT_THROW(s.channel_binding("tls-server-end-point"), ssl_error);
  });
  ssl_client_stream c(pair.b.get(), client);
  pair.b.release();
  c.do_handshake();
  EXPECT_THROW(c.channel_binding("tls-server-end-point"), ssl_error);
}

ssl_error refusal_of(role r, const context_options& options) {
  return thrown_by([&] {
    descriptor_pair pair = socket_pair();
    make_stream(r, std::move(pair.a), options);
  });
}

TEST(raw_public_key_options, are_refused_before_openssl_3_2) {
  if (detail::has_raw_public_keys) GTEST_SKIP() << "this OpenSSL has them";
  for (const role r : {role::server, role::client}) {
    context_options o = r == role::server ? server_options() : client_options();
    o.present_raw_public_key = true;
    EXPECT_EQ(refusal_of(r, o).operation(), "present_raw_public_key");
    o.present_raw_public_key.reset();
    o.accept_raw_public_keys = true;
    const ssl_error e = refusal_of(r, o);
    EXPECT_EQ(e.operation(), "accept_raw_public_keys");
    EXPECT_EQ(e.code(), ssl_errc::bad_configuration);
    EXPECT_NE(std::string(e.what()).find("need OpenSSL 3.2 or later"), std::string::npos)
        << e.what();
  }
}

TEST(raw_public_key_options, are_refused_where_nothing_would_decide) {
  if (!detail::has_raw_public_keys) GTEST_SKIP() << "they are refused anyway";
  context_options o = client_options();
  o.accept_raw_public_keys = true;
  EXPECT_EQ(refusal_of(role::client, o).operation(), "accept_raw_public_keys");
  context_options s = server_options();
  s.accept_raw_public_keys = true;
  s.verify = verify_mode::required;
  EXPECT_EQ(refusal_of(role::server, s).operation(), "accept_raw_public_keys");
  o.pinned_public_keys = pins{pin_for(localhost())};
  o.ocsp = ocsp_mode::require;
  EXPECT_EQ(refusal_of(role::client, o).operation(), "accept_raw_public_keys");
  context_options bare = client_options();
  bare.present_raw_public_key = true;
  EXPECT_EQ(refusal_of(role::client, bare).operation(), "present_raw_public_key");
}

}  // namespace
}  // namespace test
}  // namespace iostls
