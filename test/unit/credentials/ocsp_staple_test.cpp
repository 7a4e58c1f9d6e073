// SPDX-License-Identifier: Apache-2.0
// OCSP responses that a server has: which of them it takes, and when it staples which.
#include <string>
#include <thread>

#include <gtest/gtest.h>
#include <iostls/iostls.hpp>

#include "files.hpp"
#include "fixture.hpp"
#include "ocsp.hpp"
#include "thrown.hpp"
#include "two_ends.hpp"

namespace iostls {
namespace test {
namespace {

using std::chrono::hours;

class ocsp_staple : public testing::TestWithParam<tls_version> {
 protected:
  // By default, the issuer is among those that are trusted.
  context_options server() const {
    context_options o = server_options(GetParam());
    o.ca_certificates = pem_text(root_.certificate());
    o.certificate = pem_text(leaf_.certificate);
    o.key = pem_text(leaf_.key);
    return o;
  }

  context_options server(const std::string& response) const {
    context_options o = server();
    o.ocsp_response = ocsp_source::from_bytes(response);
    return o;
  }

  // What a client is told that asks for `name`.
  ocsp_result told(const ssl_context& server, const std::string& name = "localhost",
                   const std::string& signatures = "") const {
    context_options o = client_options(GetParam());
    o.ca_certificates = pem_text(root_.certificate());
    o.server_name = name;
    o.ocsp = ocsp_mode::require;
    o.verify = verify_mode::optional;
    if (!signatures.empty()) o.signature_algorithms = {signatures};
    const both_reports r = complete_handshake(server, ssl_context::client(o));
    EXPECT_FALSE(r.client.failed) << r.client.what;
    return r.client.info.ocsp_status;
  }

  std::string answer(ocsp_options options = {}) const {
    return ocsp_response(root_, {leaf_.certificate}, options);
  }

  credential_source named(const std::string& name, key_type key = key_type::p256,
                          int status = V_OCSP_CERTSTATUS_GOOD) const {
    leaf_options o;
    o.names = {name};
    o.key = key;
    const issued leaf = root_.leaf(o);
    ocsp_options answer;
    answer.status = status;
    credential_source source;
    source.certificate = pem_text(leaf.certificate);
    source.key = pem_text(leaf.key);
    source.ocsp_response =
        ocsp_source::from_bytes(ocsp_response(root_, {leaf.certificate}, answer));
    return source;
  }

  static void expect_refused(const context_options& o, const std::string& option,
                             const std::string& word, ssl_errc kind = ssl_errc::bad_credentials) {
    const ssl_error e = thrown_by([&] { ssl_context::server(o); });
    EXPECT_EQ(e.code(), kind) << e.what();
    EXPECT_EQ(e.operation(), option) << e.what();
    EXPECT_TRUE(mentions(e, word)) << word << ": " << e.what();
  }

  const temp_dir dir_;
  const authority root_{"Root"};
  const issued leaf_ = root_.leaf();
};

INSTANTIATE_TEST_SUITE_P(versions, ocsp_staple,
                         testing::Values(tls_version::tls1_2, tls_version::tls1_3),
                         [](const auto& p) { return to_string(p.param); });

TEST_P(ocsp_staple, comes_from_memory_or_a_file) {
  EXPECT_EQ(told(ssl_context::server(server())), ocsp_result::missing);
  EXPECT_EQ(told(ssl_context::server(server(answer()))), ocsp_result::good);
  context_options o = server();
  o.ocsp_response = dir_.write("response.der", answer());
  EXPECT_EQ(told(ssl_context::server(o)), ocsp_result::good);
}

TEST_P(ocsp_staple, may_be_pem) {
  const std::string der = answer();
  std::string base64(2 * der.size() + 8, '\0');
  base64.resize(static_cast<std::size_t>(EVP_EncodeBlock(
      reinterpret_cast<unsigned char*>(&base64[0]),
      reinterpret_cast<const unsigned char*>(der.data()), static_cast<int>(der.size()))));
  const std::string begin = "-----BEGIN OCSP RESPONSE-----\n";
  const std::string end = "-----END OCSP RESPONSE-----\n";
  std::string lines;
  for (std::size_t at = 0; at < base64.size(); at += 64) lines += base64.substr(at, 64) + '\n';
  EXPECT_EQ(told(ssl_context::server(server("a remark\n" + begin + lines + end))),
            ocsp_result::good);
  expect_refused(server(begin + "!!\n" + end), "ocsp_response", "is neither DER nor a PEM block");
}

TEST_P(ocsp_staple, is_sent_whatever_it_says) {
  ocsp_options o;
  o.status = V_OCSP_CERTSTATUS_REVOKED;
  EXPECT_EQ(told(ssl_context::server(server(answer(o)))), ocsp_result::revoked);
  o.status = V_OCSP_CERTSTATUS_UNKNOWN;
  EXPECT_EQ(told(ssl_context::server(server(answer(o)))), ocsp_result::unknown);
}

TEST_P(ocsp_staple, needs_the_issuer_of_the_certificate) {
  context_options o = server(answer());
  o.ca_certificates = pem_text();
  expect_refused(o, "ocsp_response", "append that to the certificate");
  o.certificate = pem_text(leaf_.certificate + root_.certificate());
  EXPECT_EQ(told(ssl_context::server(o)), ocsp_result::good);
}

TEST_P(ocsp_staple, is_not_signed_by_somebody_of_the_issuers_name) {
  const authority impostor("Root");
  leaf_options unclear;
  unclear.names_issuer_key = false;
  const issued leaf = root_.leaf(unclear);
  context_options o = server(ocsp_response(impostor, {leaf.certificate}));
  o.certificate = pem_text(leaf.certificate + impostor.certificate());
  o.key = pem_text(leaf.key);
  expect_refused(o, "ocsp_response", "not signed by the certificate's issuer");
  o.ocsp_response = ocsp_source::from_bytes(ocsp_response(root_, {leaf.certificate}));
  EXPECT_EQ(told(ssl_context::server(o)), ocsp_result::good);
}

TEST_P(ocsp_staple, may_be_signed_by_a_responder_of_the_issuer) {
  leaf_options responder;
  responder.extended_key_usage = "OCSPSigning";
  ocsp_options o;
  o.signer = root_.leaf(responder);
  EXPECT_EQ(told(ssl_context::server(server(answer(o)))), ocsp_result::good);
}

TEST_P(ocsp_staple, that_is_not_ours_is_refused) {
  const authority other("Other");
  expect_refused(server(ocsp_response(other, {leaf_.certificate})), "ocsp_response",
                 "the response: the OCSP response is not signed by the certificate's issuer");
  expect_refused(server(ocsp_response(root_, {root_.leaf().certificate})), "ocsp_response",
                 "about another certificate");
  context_options o = server();
  o.ocsp_response = dir_.write("foreign.der", ocsp_response(other, {leaf_.certificate}));
  expect_refused(o, "ocsp_response", '"' + (dir_ / "foreign.der") + "\": ");
}

TEST_P(ocsp_staple, that_is_no_response_is_refused) {
  expect_refused(server(answer().substr(0, 50)), "ocsp_response", "cannot be read");
  expect_refused(server(answer() + "x"), "ocsp_response", "cannot be read");
  expect_refused(server("garbage"), "ocsp_response", "is neither DER nor a PEM block");
  expect_refused(server(leaf_.certificate), "ocsp_response", "is neither DER nor a PEM block");
  expect_refused(server(ocsp_error(OCSP_RESPONSE_STATUS_TRYLATER)), "ocsp_response", "trylater");
  expect_refused(server(""), "ocsp_response", "the response: is empty");
  expect_refused(server(std::string(70000, '\x30')), "ocsp_response", "65,527 bytes");
  expect_refused(server(std::string(200000, 'x')), "ocsp_response", "too large");
  context_options o = server();
  o.ocsp_response = dir_ / "missing.der";
  expect_refused(o, "ocsp_response", '"' + (dir_ / "missing.der") + "\": No such file");
  o.ocsp_response = dir_.path();
  expect_refused(o, "ocsp_response", "Is a directory");
  o.ocsp_response = dir_.write("empty.der", "");
  expect_refused(o, "ocsp_response", "\": is empty");
  o.ocsp_response = std::string("a\0b", 3);
  expect_refused(o, "ocsp_response", "the path: has a NUL");
}

TEST_P(ocsp_staple, belongs_to_a_server_with_a_certificate) {
  context_options o = client_options();
  o.ocsp_response = ocsp_source::from_bytes(answer());
  const ssl_error e = thrown_by([&] { ssl_context::client(o); });
  EXPECT_EQ(e.code(), ssl_errc::bad_configuration);
  EXPECT_EQ(e.operation(), "ocsp_response") << e.what();
  context_options keyed;
  keyed.psk = pre_shared_key{"name", std::string(32, 'k')};
  keyed.ocsp_response = ocsp_source::from_bytes(answer());
  expect_refused(keyed, "certificate", "no certificate that it is about");
}

TEST_P(ocsp_staple, is_that_of_the_certificate_which_is_served) {
  context_options o = server(answer());
  o.more_credentials = {named("one.example"), named("two.example"), named("three.example")};
  o.more_credentials[1].ocsp_response =
      named("two.example", key_type::p256, V_OCSP_CERTSTATUS_REVOKED).ocsp_response;
  expect_refused(o, "more_credentials[1].ocsp_response", "about another certificate");
  o.more_credentials[1] = named("two.example", key_type::p256, V_OCSP_CERTSTATUS_REVOKED);
  o.more_credentials[2].ocsp_response = ocsp_source();
  const ssl_context s = ssl_context::server(o);
  EXPECT_EQ(told(s), ocsp_result::good);
  EXPECT_EQ(told(s, "one.example"), ocsp_result::good);
  EXPECT_EQ(told(s, "two.example"), ocsp_result::revoked);
  EXPECT_EQ(told(s, "three.example"), ocsp_result::missing);
}

TEST_P(ocsp_staple, is_that_of_the_kind_of_key_which_the_client_supports) {
  context_options o = server();
  o.more_credentials = {named("both.example", key_type::p256),
                        named("both.example", key_type::rsa2048, V_OCSP_CERTSTATUS_REVOKED)};
  const ssl_context s = ssl_context::server(o);
  EXPECT_EQ(told(s, "both.example", "ecdsa_secp256r1_sha256"), ocsp_result::good);
  EXPECT_EQ(told(s, "both.example", "rsa_pss_rsae_sha256"), ocsp_result::revoked);
}

TEST_P(ocsp_staple, that_is_out_of_date_is_not_sent) {
  ocsp_options o;
  o.valid = {hours(-2), hours(-1)};
  EXPECT_EQ(told(ssl_context::server(server(answer(o)))), ocsp_result::missing);
  o.valid = {hours(-2), -std::chrono::seconds(10)};
  EXPECT_EQ(told(ssl_context::server(server(answer(o)))), ocsp_result::missing);
  o.valid = {hours(1), hours(2)};
  EXPECT_EQ(told(ssl_context::server(server(answer(o)))), ocsp_result::missing);
  o.has_next_update = false;
  o.valid.from = hours(-25);
  EXPECT_EQ(told(ssl_context::server(server(answer(o)))), ocsp_result::missing);
}

// How soon is not asked; on a slow machine it may be out of date from the start.
TEST_P(ocsp_staple, is_sent_no_more_once_it_is_out_of_date) {
  ocsp_options o;
  o.valid.to = std::chrono::seconds(2);
  const ssl_context s = ssl_context::server(server(answer(o)));
  while (told(s) == ocsp_result::good) std::this_thread::yield();
  EXPECT_EQ(told(s), ocsp_result::missing);
}

TEST_P(ocsp_staple, is_replaced_by_a_reload) {
  context_options o = server();
  ocsp_options old;
  old.valid = {hours(-2), hours(-1)};
  o.ocsp_response = dir_.write("response.der", answer(old));
  const ssl_context s = ssl_context::server(o);
  EXPECT_EQ(told(s), ocsp_result::missing);
  dir_.write("response.der", answer());
  EXPECT_EQ(told(s), ocsp_result::missing);
  s.reload();
  EXPECT_EQ(told(s), ocsp_result::good);
  dir_.write("response.der", "broken");
  EXPECT_EQ(thrown_by([&] { s.reload(); }).operation(), "ocsp_response");
  EXPECT_EQ(told(s), ocsp_result::good);
}

TEST_P(ocsp_staple, is_not_sent_to_clients_that_do_not_ask) {
  const ssl_context s = ssl_context::server(server(answer()));
  for (const bool asks : {false, true}) {
    peer_options peer = client_peer(GetParam());
    peer.ca = root_.certificate();
    peer.tune = [asks](SSL_CTX* ctx) {
      if (asks) SSL_CTX_set_tlsext_status_type(ctx, TLSEXT_STATUSTYPE_ocsp);
    };
    descriptor_pair pair = socket_pair();
    tls_peer client(std::move(pair.a), peer);
    task serving([&] { complete_handshake<ssl_server_stream>(std::move(pair.b), s, {}); });
    EXPECT_TRUE(client.handshake()) << client.error();
    const unsigned char* response = nullptr;
    EXPECT_EQ(SSL_get_tlsext_status_ocsp_resp(client.ssl(), &response) > 0, asks);
    client.close_notify();
    client.close();
  }
}

}  // namespace
}  // namespace test
}  // namespace iostls
