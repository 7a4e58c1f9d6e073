// SPDX-License-Identifier: Apache-2.0
// Sessions with servers that are known by tlsa_records: the present records decide whether one is resumed.
#include <string>

#include <gtest/gtest.h>
#include <openssl/x509_vfy.h>
#include <iostls/iostls.hpp>

#include "dane_servers.hpp"
#include "fixture.hpp"
#include "session_visit.hpp"

namespace iostls {
namespace test {
namespace {

class dane_sessions : public testing::TestWithParam<tls_version> {
 protected:
  context_options server_ = server_options(GetParam());
  context_options client_ = client_options(GetParam());
};

INSTANTIATE_TEST_SUITE_P(, dane_sessions, testing::Values(tls_version::tls1_2, tls_version::tls1_3),
                         [](const auto& p) { return to_string(p.param); });

TEST_P(dane_sessions, are_judged_by_the_present_records) {
  serve(server_, chained());
  const ssl_context server = ssl_context::server(server_);
  const ssl_context client = ssl_context::client(client_);
  connection_options own;
  own.tlsa_records = {tlsa_for(chained().certificate, dane_ee)};
  visit_result r = visit(server, client, own);
  EXPECT_FALSE(r.info.resumed);
  own.session = ssl_session::from_bytes(r.session.to_bytes());
  own.tlsa_records = {tlsa_for(root(), dane_ta)};
  r = visit(server, client, own);
  EXPECT_TRUE(r.info.resumed);
  EXPECT_TRUE(r.info.verified);
  EXPECT_EQ(r.info.matched_tlsa_record, own.tlsa_records.value()[0].text());
  EXPECT_EQ(r.info.matched_tlsa_depth, 2);
  own.session = r.session;
  own.tlsa_records = {tlsa_for(stranger().certificate, dane_ee)};
  r = visit(server, client, own);
  EXPECT_EQ(r.failed, ssl_errc::certificate_rejected);
  EXPECT_EQ(r.verify_result, X509_V_ERR_DANE_NO_MATCH);
}

TEST_P(dane_sessions, need_other_trust_once_there_are_no_records) {
  trust_nothing(client_);
  serve(server_, outdated());
  const ssl_context server = ssl_context::server(server_);
  const ssl_context client = ssl_context::client(client_);
  connection_options own;
  own.tlsa_records = {tlsa_for(outdated().certificate, dane_ee)};
  own.session = visit(server, client, own).session;
  EXPECT_TRUE(visit(server, client, own).info.resumed) << "its name and dates do not count";
  own.session = visit(server, client, own).session;
  own.tlsa_records.reset();
  EXPECT_EQ(visit(server, client, own).failed, ssl_errc::certificate_rejected);
}

TEST_P(dane_sessions, that_were_made_without_records_may_satisfy_them) {
  const ssl_context server = ssl_context::server(server_);
  const ssl_context client = ssl_context::client(client_);
  connection_options own;
  own.session = visit(server, client).session;
  own.tlsa_records = {tlsa_for(localhost().certificate, pkix_ee)};
  const visit_result r = visit(server, client, own);
  EXPECT_TRUE(r.info.resumed);
  EXPECT_EQ(r.info.matched_tlsa_record, own.tlsa_records.value()[0].text());
  own.session = r.session;
  own.tlsa_records = {tlsa_for(stranger().certificate, pkix_ee)};
  EXPECT_EQ(visit(server, client, own).failed, ssl_errc::certificate_rejected);
}

TEST_P(dane_sessions, that_are_not_resumed_leave_no_match_behind) {
  const ssl_context server = ssl_context::server(server_);
  const ssl_context client = ssl_context::client(client_);
  connection_options own;
  own.verify = verify_mode::optional;
  own.tlsa_records = {tlsa_for(localhost().certificate, dane_ee)};
  own.session = visit(server, client, own).session;
  serve(server_, stranger());
  const visit_result r = visit(ssl_context::server(server_), client, own);
  EXPECT_FALSE(r.info.resumed);
  EXPECT_FALSE(r.info.verified);
  EXPECT_EQ(r.info.matched_tlsa_record, "");
  EXPECT_EQ(r.info.verify_result, X509_V_ERR_DANE_NO_MATCH);
}

}  // namespace
}  // namespace test
}  // namespace iostls
