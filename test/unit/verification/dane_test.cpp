// SPDX-License-Identifier: Apache-2.0
// tlsa_records: servers that are known by what is in the DNS (DANE). A client of plain OpenSSL judges the same
// servers by the same records.
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <iostls/iostls.hpp>
#include <iostls/native.hpp>

#include "dane_servers.hpp"
#include "files.hpp"
#include "fixture.hpp"
#include "ocsp.hpp"
#include "tls_peer.hpp"
#include "two_ends.hpp"

namespace iostls {
namespace test {
namespace {

class dane : public testing::TestWithParam<tls_version> {
 protected:
  both_reports meet(const records& known) const {
    connection_options own;
    own.tlsa_records = known;
    return complete_handshake(ssl_context::server(server_), ssl_context::client(client_), {}, own);
  }

  static void expect_match(const end_report& r, const tlsa_record& by, int depth) {
    EXPECT_FALSE(r.failed) << r.what;
    EXPECT_TRUE(r.info.verified);
    EXPECT_EQ(r.info.matched_tlsa_record, by.text());
    EXPECT_EQ(r.info.matched_tlsa_depth, depth);
  }

  static void expect_refused(const end_report& r, long verify_result) {
    EXPECT_EQ(r.failed, ssl_errc::certificate_rejected) << r.what;
    EXPECT_NE(r.what.find("(verify result " + std::to_string(verify_result) + ")"),
              std::string::npos)
        << r.what;
  }

  static void expect_mismatch(const end_report& r) {
    expect_refused(r, X509_V_ERR_DANE_NO_MATCH);
    EXPECT_NE(r.what.find("matches none of tlsa_records"), std::string::npos) << r.what;
  }

  context_options server_ = server_options(GetParam());
  context_options client_ = client_options(GetParam());
};

INSTANTIATE_TEST_SUITE_P(, dane, testing::Values(tls_version::tls1_2, tls_version::tls1_3),
                         [](const auto& p) { return to_string(p.param); });

TEST_P(dane, accepts_a_server_by_its_own_certificate_and_nothing_else) {
  trust_nothing(client_);
  serve(server_, outdated());
  for (const int selector : {0, 1}) {
    for (const int type : {0, 1, 2}) {
      const tlsa_record record = tlsa_for(outdated().certificate, dane_ee, selector, type);
      expect_match(meet({record}).client, record, 0);
    }
  }
  expect_mismatch(meet({tlsa_for(stranger().certificate, dane_ee)}).client);
}

TEST_P(dane, names_the_record_that_would_match_where_none_does) {
  const std::string would = tlsa_for(localhost().certificate, dane_ee).text();
  const end_report r = meet({tlsa_for(stranger().certificate, dane_ee)}).client;
  expect_mismatch(r);
  EXPECT_NE(r.what.find("its key would match " + would), std::string::npos) << r.what;
  EXPECT_NE(r.what.find("CN=localhost, at depth 0"), std::string::npos) << r.what;
}

TEST_P(dane, trusts_an_authority_that_is_in_a_record) {
  trust_nothing(client_);
  serve(server_, chained());
  const tlsa_record of_root = tlsa_for(root(), dane_ta);
  expect_match(meet({of_root}).client, of_root, 2);
  const tlsa_record between = tlsa_for(issuer_in(chained().certificate), dane_ta, 0, 2);
  expect_match(meet({between}).client, between, 1);
  expect_mismatch(meet({tlsa_for(stranger().certificate, dane_ta)}).client);
}

TEST_P(dane, takes_an_authority_out_of_a_record_that_has_all_of_it) {
  trust_nothing(client_);
  server_.certificate = pem_text(localhost().both());  // the root is not sent
  for (const int selector : {0, 1}) {
    const tlsa_record whole = tlsa_for(root(), dane_ta, selector, 0);
    const end_report r = meet({whole}).client;
    EXPECT_FALSE(r.failed) << r.what;
    EXPECT_EQ(r.info.matched_tlsa_record, whole.text());
  }
  expect_mismatch(meet({tlsa_for(root(), dane_ta)}).client);
}

TEST_P(dane, demands_the_name_and_the_dates_beneath_an_authority) {
  const authority own("Own");
  leaf_options o;
  o.names = {"elsewhere.example"};
  issued other_name = own.leaf(o);
  other_name.certificate += own.certificate();
  serve(server_, other_name);
  expect_refused(meet({tlsa_for(own.certificate(), dane_ta)}).client, X509_V_ERR_HOSTNAME_MISMATCH);
  o = {};
  o.valid = {std::chrono::hours(-48), std::chrono::hours(-24)};
  issued old = own.leaf(o);
  old.certificate += own.certificate();
  serve(server_, old);
  expect_refused(meet({tlsa_for(own.certificate(), dane_ta)}).client, X509_V_ERR_CERT_HAS_EXPIRED);
}

TEST_P(dane, needs_a_trusted_authority_as_well_if_the_usage_is_of_pkix) {
  const tlsa_record own = tlsa_for(localhost().certificate, pkix_ee);
  const tlsa_record above = tlsa_for(root(), pkix_ta);
  expect_match(meet({own}).client, own, 0);
  expect_match(meet({above}).client, above, 1);
  expect_mismatch(meet({tlsa_for(stranger().certificate, pkix_ee)}).client);
  expect_mismatch(meet({tlsa_for(stranger().certificate, pkix_ta)}).client);
  trust_nothing(client_);
  for (const tlsa_record& record : {own, above}) {
    EXPECT_EQ(meet({record}).client.failed, ssl_errc::certificate_rejected);
  }
}

TEST_P(dane, does_not_need_the_authorities_of_the_system_for_its_own_usages) {
  trust_nothing(client_);
  const issued self = [] {
    const authority alone("Alone");
    issued i = alone.leaf();
    i.certificate += alone.certificate();
    return i;
  }();
  serve(server_, self);
  const tlsa_record own = tlsa_for(self.certificate, dane_ee);
  expect_match(meet({own}).client, own, 0);
  const tlsa_record above = tlsa_for(issuer_in(self.certificate), dane_ta);
  expect_match(meet({above}).client, above, 1);
}

TEST_P(dane, is_not_satisfied_by_a_trusted_authority) {
  expect_mismatch(meet({tlsa_for(stranger().certificate, dane_ee)}).client);
  expect_mismatch(meet({tlsa_for(stranger().certificate, dane_ta)}).client);
}

TEST_P(dane, takes_any_of_several_records_and_skips_the_unusable) {
  const tlsa_record right = tlsa_for(localhost().certificate, dane_ee);
  const records several{{9, 1, 1, std::string(32, 'u')},
                        {3, 1, 1, "malformed"},
                        {3, 0, 0, "no certificate"},
                        tlsa_for(stranger().certificate, dane_ee),
                        tlsa_for(stranger().certificate, pkix_ta),
                        right};
  expect_match(meet(several).client, right, 0);
}

TEST_P(dane, compares_only_the_strongest_digest) {
  tlsa_record strong = tlsa_for(stranger().certificate, dane_ee, 1, 2);
  const tlsa_record weak = tlsa_for(localhost().certificate, dane_ee, 1, 1);
  expect_mismatch(meet({weak, strong}).client);
  strong = tlsa_for(localhost().certificate, dane_ee, 1, 2);
  expect_match(meet({weak, strong}).client, strong, 0);
}

TEST_P(dane, continues_with_any_server_where_verification_is_optional) {
  client_.verify = verify_mode::optional;
  const tlsa_record right = tlsa_for(localhost().certificate, dane_ee);
  expect_match(meet({right}).client, right, 0);
  const end_report r = meet({tlsa_for(stranger().certificate, dane_ee)}).client;
  EXPECT_FALSE(r.failed) << r.what;
  EXPECT_FALSE(r.info.verified);
  EXPECT_EQ(r.info.verify_result, X509_V_ERR_DANE_NO_MATCH);
  EXPECT_EQ(r.info.matched_tlsa_record, "");
  EXPECT_EQ(r.info.matched_tlsa_depth, -1);
}

TEST_P(dane, sends_the_name_only_where_it_is_to_be_sent) {
  serve(server_, outdated());
  const records known{tlsa_for(outdated().certificate, dane_ee)};
  EXPECT_EQ(meet(known).server.info.server_name, "localhost");
  client_.sni_name = "front.example";
  EXPECT_EQ(meet(known).server.info.server_name, "front.example");
  client_.sni_name = "";
  EXPECT_EQ(meet(known).server.info.server_name, "");
  client_.sni_name.reset();
  client_.server_name = "127.0.0.1";
  EXPECT_EQ(meet(known).server.info.server_name, "");
}

TEST_P(dane, demands_the_address_beneath_an_authority) {
  const records known{tlsa_for(root(), pkix_ta)};
  client_.server_name = "127.0.0.1";
  EXPECT_FALSE(meet(known).client.failed);
  client_.server_name = "192.0.2.1";
  expect_refused(meet(known).client, X509_V_ERR_IP_ADDRESS_MISMATCH);
}

TEST_P(dane, leaves_the_pins_in_force) {
  const records known{tlsa_for(localhost().certificate, dane_ee)};
  client_.pinned_public_keys = {certificate::from_pem(localhost().certificate).public_key_pin()};
  expect_match(meet(known).client, known.front(), 0);
  client_.pinned_public_keys = {certificate::from_pem(stranger().certificate).public_key_pin()};
  expect_refused(meet(known).client, X509_V_ERR_APPLICATION_VERIFICATION);
}

TEST_P(dane, lets_a_function_demand_the_name_as_well) {
  serve(server_, outdated());
  const records known{tlsa_for(outdated().certificate, dane_ee)};
  client_.verify_callback = [](const verify_event& e) {
    return e.accepted && (e.depth != 0 || e.certificate.matches(e.server_name));
  };
  expect_refused(meet(known).client, X509_V_ERR_APPLICATION_VERIFICATION);
  client_.server_name = "elsewhere.example";
  expect_match(meet(known).client, known.front(), 0);
}

TEST_P(dane, lets_a_function_accept_a_server_without_a_record) {
  serve(server_, outdated());
  client_.verify_callback = [](const verify_event&) { return true; };
  for (const int kind : {pkix_ta, pkix_ee, dane_ta, dane_ee}) {
    const end_report r = meet({tlsa_for(stranger().certificate, kind)}).client;
    EXPECT_FALSE(r.failed) << kind << ": " << r.what;
    EXPECT_FALSE(r.info.verified);
    EXPECT_EQ(r.info.matched_tlsa_record, "");
  }
}

TEST_P(dane, is_not_lost_where_a_program_replaces_the_function_that_verifies) {
  ssl_context client = ssl_context::client(client_);
  SSL_CTX_set_cert_verify_callback(
      native_handle(client), [](X509_STORE_CTX*, void*) { return 1; }, nullptr);
  connection_options own;
  own.tlsa_records = {tlsa_for(localhost().certificate, dane_ee)};
  const end_report r = complete_handshake(ssl_context::server(server_), client, {}, own).client;
  EXPECT_EQ(r.failed, ssl_errc::certificate_rejected) << r.what;
}

TEST_P(dane, goes_with_a_stapled_response_of_a_known_authority) {
  server_.ca_certificates = pem_text(root());
  server_.ocsp_response =
      ocsp_source::from_bytes(ocsp_response(test_authority(), {localhost().certificate}));
  client_.ocsp = ocsp_mode::require;
  for (const int kind : {pkix_ta, pkix_ee, dane_ee}) {
    const end_report r =
        meet({tlsa_for(kind == pkix_ta ? root() : localhost().certificate, kind)}).client;
    EXPECT_FALSE(r.failed) << r.what;
    EXPECT_EQ(r.info.ocsp_status, ocsp_result::good);
  }
}

TEST_P(dane, of_a_connection_replaces_that_of_its_context) {
  client_.tlsa_records = {tlsa_for(stranger().certificate, dane_ee)};
  const ssl_context server = ssl_context::server(server_);
  const ssl_context client = ssl_context::client(client_);
  connection_options own;
  own.tlsa_records = {tlsa_for(localhost().certificate, dane_ee)};
  expect_match(complete_handshake(server, client, {}, own).client, own.tlsa_records.value()[0], 0);
  expect_mismatch(complete_handshake(server, client).client);
}

TEST_P(dane, holds_after_both_ends_have_been_reloaded) {
  const temp_dir dir;
  dir.write("server.pem", localhost().both());
  server_.certificate = dir / "server.pem";
  server_.key = {};
  client_.tlsa_records = {tlsa_for(localhost().certificate, dane_ee)};
  const ssl_context server = ssl_context::server(server_);
  const ssl_context client = ssl_context::client(client_);
  client.reload();
  expect_match(complete_handshake(server, client).client, client_.tlsa_records.value()[0], 0);
  dir.write("server.pem", stranger().both());
  server.reload();
  client.reload();
  expect_mismatch(complete_handshake(server, client).client);
}

// A connection of plain OpenSSL, by openssl's own page on DANE.
bool openssl_accepts(const context_options& server, tls_version version, const std::string& trusted,
                     const tlsa_record& record) {
  peer_options o = client_peer(version);
  o.ca = trusted;
  o.tune = [](SSL_CTX* ctx) { require(SSL_CTX_dane_enable(ctx) == 1, "SSL_CTX_dane_enable"); };
  descriptor_pair pair = socket_pair();
  task serving([&, context = ssl_context::server(server)] {
    ssl_server_stream s(pair.a.get(), context);
    pair.a.release();
    try {
      s.do_handshake();
    } catch (const ssl_error&) {  // by the client's alert
    }
  });
  tls_peer peer(std::move(pair.b), o);
  require(SSL_dane_enable(peer.ssl(), "localhost") == 1, "SSL_dane_enable");
  SSL_dane_set_flags(peer.ssl(), DANE_FLAG_NO_DANE_EE_NAMECHECKS);
  require(SSL_dane_tlsa_add(peer.ssl(), record.usage, record.selector, record.matching_type,
                            reinterpret_cast<const unsigned char*>(record.data.data()),
                            record.data.size()) == 1,
          "SSL_dane_tlsa_add");
  const bool accepts = peer.handshake();
  peer.close();
  serving.join();
  return accepts;
}

TEST_P(dane, decides_as_openssl_does) {
  int accepted = 0;
  serve(server_, chained());
  for (const bool trusts : {true, false}) {
    if (!trusts) trust_nothing(client_);
    for (const int kind : {pkix_ta, pkix_ee, dane_ta, dane_ee}) {
      for (const std::string& of : {chained().certificate, issuer_in(chained().certificate), root(),
                                    stranger().certificate}) {
        const int selector = kind % 2;
        const tlsa_record record = tlsa_for(of, kind, selector, 1);
        const bool accepts = !meet({record}).client.failed;
        EXPECT_EQ(accepts, openssl_accepts(server_, GetParam(), trusts ? root() : "", record))
            << record.text() << (trusts ? "" : ", nothing is trusted");
        accepted += accepts ? 1 : 0;
      }
    }
  }
  EXPECT_GT(accepted, 5);
  EXPECT_LT(accepted, 16);
}

}  // namespace
}  // namespace test
}  // namespace iostls
