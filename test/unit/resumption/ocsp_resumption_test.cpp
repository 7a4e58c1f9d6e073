// SPDX-License-Identifier: Apache-2.0
// A resumed session brings no OCSP response: that of its first handshake has to do, or a full
// handshake takes place.
#include <string>

#include <gtest/gtest.h>
#include <openssl/x509.h>
#include <iostls/iostls.hpp>

#include "context/context.hpp"
#include "fixture.hpp"
#include "ocsp.hpp"
#include "session_visit.hpp"

namespace iostls {
namespace test {
namespace {

class ocsp_resumption : public testing::TestWithParam<tls_version> {
 protected:
  // A server that staples `response`, whatever it is; if it is empty, none.
  ssl_context server(const std::string& response) const {
    const ssl_context made = ssl_context::server(server_options(GetParam()));
    if (!response.empty()) staple(made.state()->get(), response);
    return made;
  }

  static connection_options with(ocsp_mode mode, const ssl_session& session = {}) {
    connection_options own;
    own.ocsp = mode;
    own.session = session;
    return own;
  }

  visit_result meet(const ssl_context& at, const connection_options& own) const {
    return visit(at, client_, own);
  }

  static std::string answer(int status = V_OCSP_CERTSTATUS_GOOD, const validity& valid = {}) {
    ocsp_options o;
    o.status = status;
    o.valid = valid;
    return ocsp_response(test_authority(), {localhost().certificate}, o);
  }

  const ssl_context client_ = ssl_context::client(client_options());
};

INSTANTIATE_TEST_SUITE_P(versions, ocsp_resumption,
                         testing::Values(tls_version::tls1_2, tls_version::tls1_3),
                         [](const auto& p) { return to_string(p.param); });

TEST_P(ocsp_resumption, keeps_what_the_first_handshake_has_brought) {
  const std::string good = answer();
  const ssl_context at = server(good);
  ssl_session session = meet(at, with(ocsp_mode::require)).session;
  for (int i = 0; i != 3; ++i) {
    const visit_result next = meet(at, with(ocsp_mode::require, session));
    EXPECT_TRUE(next.info.resumed);
    EXPECT_EQ(next.info.ocsp_status, ocsp_result::good);
    EXPECT_TRUE(next.info.verified);
    session = ssl_session::from_bytes(next.session.to_bytes());
  }
  // One that did not ask hands it on.
  session = meet(at, with(ocsp_mode::none, session)).session;
  EXPECT_TRUE(meet(at, with(ocsp_mode::require, session)).info.resumed);
}

TEST_P(ocsp_resumption, does_not_stand_for_a_status_that_was_not_asked_for) {
  const std::string good = answer();
  const ssl_context at = server(good);
  for (const ocsp_mode mode : {ocsp_mode::request, ocsp_mode::require}) {
    const ssl_session session = meet(at, with(ocsp_mode::none)).session;
    ASSERT_TRUE(session);
    const visit_result next = meet(at, with(mode, session));
    EXPECT_FALSE(next.failed) << next.failed.message();
    EXPECT_FALSE(next.info.resumed);
    EXPECT_EQ(next.info.ocsp_status, ocsp_result::good);
  }
}

TEST_P(ocsp_resumption, is_no_way_around_a_revocation) {
  const std::string revoked = answer(V_OCSP_CERTSTATUS_REVOKED);
  const ssl_context at = server(revoked);
  const ssl_session session = meet(at, with(ocsp_mode::none)).session;
  EXPECT_TRUE(meet(at, with(ocsp_mode::none, session)).info.resumed);
  connection_options optional = with(ocsp_mode::request);
  optional.verify = verify_mode::optional;
  for (const ssl_session& s :
       {meet(at, with(ocsp_mode::none)).session, meet(at, optional).session}) {
    ASSERT_TRUE(s);
    EXPECT_EQ(meet(at, with(ocsp_mode::request, s)).verify_result, X509_V_ERR_CERT_REVOKED);
  }
}

TEST_P(ocsp_resumption, asks_for_no_more_than_a_full_handshake) {
  const ssl_context at = server("");
  const ssl_session session = meet(at, with(ocsp_mode::request)).session;
  const visit_result next = meet(at, with(ocsp_mode::request, session));
  EXPECT_TRUE(next.info.resumed);
  EXPECT_EQ(next.info.ocsp_status, ocsp_result::missing);
  ASSERT_TRUE(next.session);
  EXPECT_EQ(meet(at, with(ocsp_mode::require, next.session)).verify_result,
            X509_V_ERR_OCSP_VERIFY_NEEDED);
}

TEST_P(ocsp_resumption, goes_for_sessions_of_the_context_too) {
  const std::string good = answer();
  const ssl_context at = server(good);
  context_options o = client_options();
  o.session_cache = 1;
  const ssl_context client = ssl_context::client(o);
  tcp_listener port("127.0.0.1", "0");
  const auto come = [&](ocsp_mode mode) {
    descriptor_pair pair;
    pair.a = descriptor(connect_tcp("127.0.0.1", std::to_string(port.port()),
                                    std::chrono::steady_clock::now() + std::chrono::seconds(10)));
    pair.b = descriptor(port.accept());
    return visit(at, client, with(mode), std::move(pair)).info;
  };
  come(ocsp_mode::none);
  EXPECT_TRUE(come(ocsp_mode::none).resumed);
  EXPECT_FALSE(come(ocsp_mode::require).resumed);
  const connection_info again = come(ocsp_mode::require);
  EXPECT_TRUE(again.resumed);
  EXPECT_EQ(again.ocsp_status, ocsp_result::good);
}

// How soon is not asked: on a slow machine, there may be no session to begin with.
TEST_P(ocsp_resumption, ends_when_the_response_is_out_of_date) {
  using std::chrono::seconds;
  std::string response = answer(V_OCSP_CERTSTATUS_GOOD, {seconds(-3600), seconds(2 - 300)});
  const ssl_context at = server(response);
  const std::string session = meet(at, with(ocsp_mode::require)).session.to_bytes();
  response = answer();
  visit_result next;
  do {
    next = meet(at, with(ocsp_mode::require, ssl_session::from_bytes(session)));
    ASSERT_FALSE(next.failed) << next.failed.message();
  } while (next.info.resumed);
  EXPECT_EQ(next.info.ocsp_status, ocsp_result::good);
}

}  // namespace
}  // namespace test
}  // namespace iostls
