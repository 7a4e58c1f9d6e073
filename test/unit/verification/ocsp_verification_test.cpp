// SPDX-License-Identifier: Apache-2.0
// What a client makes of the OCSP responses that servers staple, and of those that they do not.
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <openssl/crypto.h>
#include <openssl/x509.h>
#include <iostls/iostls.hpp>

#include "files.hpp"
#include "fixture.hpp"
#include "ocsp.hpp"
#include "session_visit.hpp"
#include "thrown.hpp"

namespace iostls {
namespace test {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

// A server of OpenSSL 3.6 staples only what it can read and what is about its certificate.
bool servers_are_choosy() { return OpenSSL_version_num() >= 0x30600000UL; }

struct outcome {
  std::error_code failed;
  long verify_result = 0;
  std::string what;
  connection_info info;
  std::string at_server;  // what the server's OpenSSL reports about a handshake that failed
};

TEST(ocsp_result, has_a_name) {
  const std::vector<std::pair<ocsp_result, const char*>> all = {
      {ocsp_result::not_requested, "not requested"},
      {ocsp_result::missing, "missing"},
      {ocsp_result::good, "good"},
      {ocsp_result::revoked, "revoked"},
      {ocsp_result::unknown, "unknown"},
      {ocsp_result::expired, "expired"},
      {ocsp_result::invalid, "invalid"}};
  for (const auto& [result, name] : all) {
    std::ostringstream out;
    out << result;
    EXPECT_EQ(out.str(), name);
  }
}

class ocsp_verification : public testing::TestWithParam<tls_version> {
 protected:
  context_options client(ocsp_mode mode) const {
    context_options o = client_options(GetParam());
    o.ca_certificates = pem_text(root_.certificate());
    o.ocsp = mode;
    return o;
  }

  // A client visits a server that sends `response`; if it is empty, none.
  outcome meet(const context_options& options, const std::string& response,
               const issued& server) const {
    peer_options peer = server_peer(GetParam());
    peer.certificate = server.certificate;
    peer.key = server.key;
    if (!response.empty()) peer.tune = [&](SSL_CTX* ctx) { staple(ctx, response); };
    descriptor_pair pair = socket_pair();
    outcome result;
    task serving([&, fd = std::make_shared<descriptor>(std::move(pair.a))] {
      tls_peer p(std::move(*fd), peer);
      if (!p.handshake() || !p.sees_close_notify()) result.at_server = p.error();
    });
    ssl_client_stream stream(pair.b.release(), ssl_context::client(options));
    try {
      result.info = stream.info();
    } catch (const ssl_error& e) {
      result.failed = e.code();
      result.verify_result = e.verify_result();
      result.what = e.what();
    }
    stream.clear();
    stream.close();
    serving.join();
    return result;
  }
  outcome meet(ocsp_mode mode, const std::string& response) const {
    return meet(client(mode), response, leaf_);
  }

  // Both ways of asking agree.
  void expect_refused(const std::string& response, long verify_result, const std::string& word) {
    for (const ocsp_mode mode : {ocsp_mode::request, ocsp_mode::require}) {
      const outcome o = meet(mode, response);
      EXPECT_EQ(o.failed, ssl_errc::certificate_rejected) << o.what;
      EXPECT_EQ(o.verify_result, verify_result) << o.what;
      EXPECT_NE(o.what.find(word), std::string::npos) << o.what;
      EXPECT_NE(o.at_server.find("bad certificate status response"), std::string::npos)
          << o.at_server;
    }
  }

  void expect_status(const std::string& response, ocsp_result status) {
    for (const ocsp_mode mode : {ocsp_mode::request, ocsp_mode::require}) {
      const outcome o = meet(mode, response);
      EXPECT_FALSE(o.failed) << o.what;
      EXPECT_EQ(o.info.ocsp_status, status);
      EXPECT_TRUE(o.info.verified);
    }
  }

  std::string answer(ocsp_options options = {}) const {
    return ocsp_response(root_, {leaf_.certificate}, options);
  }
  std::string answer(int status) const {
    ocsp_options o;
    o.status = status;
    return answer(o);
  }

  issued responder(const authority& issuer, const std::string& usage = "OCSPSigning",
                   const validity& valid = {}) const {
    leaf_options o;
    o.common_name = "Responder";
    o.names.clear();
    o.extended_key_usage = usage;
    o.valid = valid;
    return issuer.leaf(o);
  }

  const authority root_{"Root"};
  const issued leaf_ = root_.leaf();
};

INSTANTIATE_TEST_SUITE_P(versions, ocsp_verification,
                         testing::Values(tls_version::tls1_2, tls_version::tls1_3),
                         [](const auto& p) { return to_string(p.param); });

TEST_P(ocsp_verification, goes_on_if_the_certificate_is_good) {
  expect_status(answer(), ocsp_result::good);
}

TEST_P(ocsp_verification, understands_other_hashes_and_several_answers) {
  ocsp_options o;
  o.id_hash = "SHA256";
  expect_status(answer(o), ocsp_result::good);
  const std::string others =
      ocsp_response(root_, {root_.leaf().certificate, leaf_.certificate, root_.leaf().certificate});
  expect_status(others, ocsp_result::good);
}

TEST_P(ocsp_verification, refuses_a_revoked_certificate) {
  expect_refused(answer(V_OCSP_CERTSTATUS_REVOKED), X509_V_ERR_CERT_REVOKED,
                 "the certificate was revoked on 2");
}

TEST_P(ocsp_verification, that_requires_refuses_an_unknown_certificate) {
  const std::string unknown = answer(V_OCSP_CERTSTATUS_UNKNOWN);
  EXPECT_EQ(meet(ocsp_mode::request, unknown).info.ocsp_status, ocsp_result::unknown);
  const outcome o = meet(ocsp_mode::require, unknown);
  EXPECT_EQ(o.failed, ssl_errc::certificate_rejected);
  EXPECT_EQ(o.verify_result, X509_V_ERR_OCSP_CERT_UNKNOWN) << o.what;
}

TEST_P(ocsp_verification, that_requires_refuses_a_server_without_a_response) {
  const outcome requested = meet(ocsp_mode::request, "");
  EXPECT_FALSE(requested.failed) << requested.what;
  EXPECT_EQ(requested.info.ocsp_status, ocsp_result::missing);
  EXPECT_TRUE(requested.info.verified);
  const outcome required = meet(ocsp_mode::require, "");
  EXPECT_EQ(required.failed, ssl_errc::certificate_rejected);
  EXPECT_EQ(required.verify_result, X509_V_ERR_OCSP_VERIFY_NEEDED) << required.what;
}

TEST_P(ocsp_verification, that_does_not_ask_gets_nothing) {
  const outcome o = meet(ocsp_mode::none, answer(V_OCSP_CERTSTATUS_REVOKED));
  EXPECT_FALSE(o.failed) << o.what;
  EXPECT_EQ(o.info.ocsp_status, ocsp_result::not_requested);
}

TEST_P(ocsp_verification, holds_a_certificate_to_its_promise_of_a_response) {
  leaf_options promising;
  promising.must_staple = true;
  const issued leaf = root_.leaf(promising);
  EXPECT_EQ(meet(client(ocsp_mode::request), "", leaf).verify_result,
            X509_V_ERR_OCSP_VERIFY_NEEDED);
  EXPECT_FALSE(meet(client(ocsp_mode::none), "", leaf).failed);
  EXPECT_EQ(meet(client(ocsp_mode::request), ocsp_response(root_, {leaf.certificate}), leaf)
                .info.ocsp_status,
            ocsp_result::good);
}

TEST_P(ocsp_verification, refuses_a_response_that_is_out_of_date) {
  ocsp_options o;
  o.valid = {hours(-2), hours(-1)};
  expect_refused(answer(o), X509_V_ERR_OCSP_VERIFY_FAILED, "is valid from");
  o.valid = {hours(1), hours(2)};
  expect_refused(answer(o), X509_V_ERR_OCSP_VERIFY_FAILED, "is valid from");
  // What is revoked and was known to be so long ago is not told as revoked: that may have changed.
  o.status = V_OCSP_CERTSTATUS_REVOKED;
  expect_refused(answer(o), X509_V_ERR_OCSP_VERIFY_FAILED, "is valid from");
}

TEST_P(ocsp_verification, takes_clocks_for_imprecise) {
  ocsp_options o;
  o.valid = {hours(-2), -minutes(2)};
  expect_status(answer(o), ocsp_result::good);
  o.valid = {minutes(4), hours(2)};
  expect_status(answer(o), ocsp_result::good);
}

TEST_P(ocsp_verification, takes_a_response_without_an_end_for_good_for_a_day) {
  ocsp_options o;
  o.has_next_update = false;
  o.valid.from = hours(-23);
  expect_status(answer(o), ocsp_result::good);
  o.valid.from = hours(-25);
  expect_refused(answer(o), X509_V_ERR_OCSP_VERIFY_FAILED, "is valid from");
}

TEST_P(ocsp_verification, refuses_the_response_of_another_issuer) {
  constexpr long failed = X509_V_ERR_OCSP_VERIFY_FAILED;
  const authority other("Other");
  expect_refused(ocsp_response(other, {leaf_.certificate}), failed, "not signed by");
  // The same name, and another key.
  expect_refused(ocsp_response(authority("Root"), {leaf_.certificate}), failed, "not signed by");
  ocsp_options foreign;
  foreign.signer = responder(other);
  expect_refused(answer(foreign), failed, "not signed by");
  // Being trusted for other certificates is not enough.
  context_options both = client(ocsp_mode::request);
  both.ca_certificates = pem_text(root_.certificate() + other.certificate());
  EXPECT_EQ(meet(both, answer(foreign), leaf_).verify_result, failed);
  EXPECT_EQ(meet(both, ocsp_response(other, {leaf_.certificate}), leaf_).verify_result, failed);
}

TEST_P(ocsp_verification, trusts_a_responder_of_the_issuer) {
  ocsp_options o;
  o.signer = responder(root_);
  expect_status(answer(o), ocsp_result::good);
  o.signer = responder(root_, "serverAuth");
  expect_refused(answer(o), X509_V_ERR_OCSP_VERIFY_FAILED, "not signed by");
  o.signer = responder(root_, "OCSPSigning", {hours(-2), hours(-1)});
  expect_refused(answer(o), X509_V_ERR_OCSP_VERIFY_FAILED, "not signed by");
  // The server itself is none, although the issuer has signed its certificate.
  o.signer = leaf_;
  expect_refused(answer(o), X509_V_ERR_OCSP_VERIFY_FAILED, "not signed by");
}

TEST_P(ocsp_verification, finds_the_issuer_below_the_root) {
  const authority middle = root_.intermediate("Middle");
  const issued leaf = middle.leaf();
  const context_options o = client(ocsp_mode::require);
  EXPECT_EQ(meet(o, ocsp_response(middle, {leaf.certificate}), leaf).info.ocsp_status,
            ocsp_result::good);
  // The root speaks for its own certificates only.
  EXPECT_EQ(meet(o, ocsp_response(root_, {leaf.certificate}), leaf).verify_result,
            X509_V_ERR_OCSP_VERIFY_FAILED);
}

TEST_P(ocsp_verification, refuses_a_response_about_another_certificate) {
  if (servers_are_choosy()) GTEST_SKIP() << "OpenSSL 3.6 does not staple it";
  expect_refused(ocsp_response(root_, {root_.leaf().certificate}), X509_V_ERR_OCSP_VERIFY_FAILED,
                 "about another certificate");
}

TEST_P(ocsp_verification, refuses_what_is_no_response) {
  if (servers_are_choosy()) GTEST_SKIP() << "OpenSSL 3.6 does not staple it";
  constexpr long failed = X509_V_ERR_OCSP_VERIFY_FAILED;
  expect_refused("garbage", failed, "cannot be read");
  expect_refused(answer() + "x", failed, "cannot be read");
  expect_refused(answer().substr(0, 100), failed, "cannot be read");
  expect_refused(ocsp_error(OCSP_RESPONSE_STATUS_TRYLATER), failed, "trylater");
}

TEST_P(ocsp_verification, refuses_a_forged_response) {
  std::string forged = answer();
  forged.back() = static_cast<char>(forged.back() ^ 1);
  expect_refused(forged, X509_V_ERR_OCSP_VERIFY_FAILED, "not signed by");
}

TEST_P(ocsp_verification, that_verifies_optionally_is_told) {
  context_options o = client(ocsp_mode::require);
  o.verify = verify_mode::optional;
  const outcome revoked = meet(o, answer(V_OCSP_CERTSTATUS_REVOKED), leaf_);
  EXPECT_FALSE(revoked.failed) << revoked.what;
  EXPECT_FALSE(revoked.info.verified);
  EXPECT_EQ(revoked.info.ocsp_status, ocsp_result::revoked);
  EXPECT_EQ(revoked.info.verify_result, X509_V_ERR_CERT_REVOKED);
  EXPECT_EQ(meet(o, "", leaf_).info.verify_result, X509_V_ERR_OCSP_VERIFY_NEEDED);
  EXPECT_TRUE(meet(o, answer(), leaf_).info.verified);
  const outcome garbage = meet(o, "garbage", leaf_);
  EXPECT_FALSE(garbage.failed) << garbage.what;
  EXPECT_EQ(garbage.info.verify_result,
            servers_are_choosy() ? X509_V_ERR_OCSP_VERIFY_NEEDED : X509_V_ERR_OCSP_VERIFY_FAILED);
  EXPECT_FALSE(meet(o, ocsp_response(authority("Other"), {leaf_.certificate}), leaf_).failed);
  // The first reason counts.
  const issued foreign = authority("Other").leaf();
  const connection_info info = meet(o, answer(), foreign).info;
  EXPECT_EQ(info.ocsp_status, ocsp_result::invalid);
  EXPECT_EQ(info.verify_result, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY);
}

TEST_P(ocsp_verification, tells_the_status_in_words) {
  std::ostringstream good, none;
  good << meet(ocsp_mode::request, answer()).info;
  none << meet(ocsp_mode::none, answer()).info;
  EXPECT_NE(good.str().find("\nocsp: good\n"), std::string::npos) << good.str();
  EXPECT_EQ(none.str().find("ocsp"), std::string::npos) << none.str();
}

TEST_P(ocsp_verification, finds_the_issuer_where_a_command_has_it_looked_for) {
  const temp_dir dir;
  context_options o = client(ocsp_mode::require);
  o.ca_certificates = pem_text(authority("Other").certificate());
  o.openssl_commands = {{"VerifyCAFile", dir.write("ca.pem", root_.certificate())}};
  const outcome r = meet(o, ocsp_response(root_, {leaf_.certificate}), leaf_);
  EXPECT_FALSE(r.failed) << r.what;
  EXPECT_EQ(r.info.ocsp_status, ocsp_result::good);
}

// What the user's function lets pass is one thing, and the status another.
TEST_P(ocsp_verification, judges_a_certificate_that_was_let_pass_for_another_reason) {
  context_options o = client(ocsp_mode::require);
  o.server_name = "elsewhere.example";
  o.verify_callback = [](const verify_event& e) {
    return e.accepted || e.code == X509_V_ERR_HOSTNAME_MISMATCH;
  };
  const outcome missing = meet(o, "", leaf_);
  EXPECT_EQ(missing.failed, ssl_errc::certificate_rejected);
  EXPECT_EQ(missing.verify_result, X509_V_ERR_OCSP_VERIFY_NEEDED) << missing.what;
  ocsp_options revoked;
  revoked.status = V_OCSP_CERTSTATUS_REVOKED;
  const outcome bad = meet(o, ocsp_response(root_, {leaf_.certificate}, revoked), leaf_);
  EXPECT_EQ(bad.failed, ssl_errc::certificate_rejected);
  EXPECT_EQ(bad.verify_result, X509_V_ERR_CERT_REVOKED) << bad.what;
  const outcome good = meet(o, ocsp_response(root_, {leaf_.certificate}), leaf_);
  EXPECT_FALSE(good.failed) << good.what;
  EXPECT_EQ(good.info.ocsp_status, ocsp_result::good);
  EXPECT_FALSE(good.info.verified);
}

TEST_P(ocsp_verification, may_ask_for_one_connection_alone) {
  context_options o = client(ocsp_mode::none);
  connection_options own;
  own.ocsp = ocsp_mode::require;
  const ssl_context server = ssl_context::server(server_options(GetParam()));
  o.ca_certificates = pem_text(test_authority().certificate());
  const ssl_context context = ssl_context::client(o);
  EXPECT_EQ(visit(server, context, own).verify_result, X509_V_ERR_OCSP_VERIFY_NEEDED);
  EXPECT_FALSE(visit(server, context).failed);
  o.ocsp = ocsp_mode::require;
  own.ocsp = ocsp_mode::none;
  EXPECT_FALSE(visit(server, ssl_context::client(o), own).failed);
}

TEST(ocsp, is_asked_for_by_clients_that_verify) {
  context_options o = server_options();
  o.ocsp = ocsp_mode::request;
  const ssl_error at_server = thrown_by([&] { ssl_context::server(o); });
  EXPECT_EQ(at_server.code(), ssl_errc::bad_configuration);
  EXPECT_EQ(at_server.operation(), "ocsp") << at_server.what();
  o.ocsp = ocsp_mode::none;
  ssl_context::server(o);

  connection_options own;
  own.verify = verify_mode::none;
  for (const ocsp_mode mode : {ocsp_mode::request, ocsp_mode::require}) {
    own.ocsp = mode;
    const ssl_error e =
        thrown_by([&] { ssl_client_stream(socket_pair().a.get(), ssl_context::client(), own); });
    EXPECT_EQ(e.code(), ssl_errc::bad_configuration);
    EXPECT_EQ(e.operation(), "ocsp") << e.what();
  }
}

}  // namespace
}  // namespace test
}  // namespace iostls
