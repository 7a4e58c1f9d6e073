// SPDX-License-Identifier: Apache-2.0
// Groups, signature algorithms, and how much a peer's certificates may take.
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <iostls/iostls.hpp>

#include "fixture.hpp"
#include "memory_handshake.hpp"
#include "negotiation/groups_and_signatures.hpp"
#include "thrown.hpp"
#include "two_ends.hpp"

namespace iostls {
namespace test {
namespace {

using names = std::vector<std::string>;

class algorithms : public testing::TestWithParam<tls_version> {
 protected:
  both_reports shake(const connection_options& server_own,
                     const connection_options& client_own) const {
    return complete_handshake(ssl_context::server(server_options(GetParam())),
                              ssl_context::client(client_options(GetParam())), server_own,
                              client_own);
  }
};

INSTANTIATE_TEST_SUITE_P(versions, algorithms,
                         testing::Values(tls_version::tls1_2, tls_version::tls1_3),
                         [](const auto& p) { return to_string(p.param); });

TEST_P(algorithms, group_of_a_context_is_used) {
  context_options server = server_options(GetParam());
  server.groups = names{"P-384"};
  const both_reports r =
      complete_handshake(ssl_context::server(server), ssl_context::client(client_options()));
  EXPECT_FALSE(r.client.failed) << r.client.what;
  EXPECT_EQ(r.client.info.group, "secp384r1");
  EXPECT_EQ(r.server.info.group, "secp384r1");
}

TEST_P(algorithms, group_of_a_connection_wins) {
  connection_options own;
  own.groups = names{"secp521r1", "secp256r1"};
  EXPECT_EQ(shake(own, own).client.info.group, "secp521r1");
  EXPECT_NE(shake({}, {}).client.info.group, "secp521r1");
}

TEST_P(algorithms, group_with_a_question_mark_is_used_where_it_is_known) {
  connection_options own;
  own.groups = names{"?nonsense", "?secp521r1", "secp256r1"};
  EXPECT_EQ(shake(own, own).client.info.group, "secp521r1");
  context_options server = server_options(GetParam()), client = client_options();
  server.groups = client.groups = names{"?secp384r1", "?nonsense", "secp256r1"};
  const both_reports r =
      complete_handshake(ssl_context::server(server), ssl_context::client(client));
  EXPECT_EQ(r.client.info.group, "secp384r1") << r.client.what;
}

TEST_P(algorithms, signature_algorithm_with_a_question_mark_is_used_where_it_is_known) {
  connection_options own;
  own.signature_algorithms = names{"?rot13", "?ecdsa_secp256r1_sha256", "ed25519"};
  EXPECT_EQ(shake(own, own).client.info.signature_algorithm, "ecdsa_secp256r1_sha256");
  own.signature_algorithms = names{"?rot13", "ed25519"};
  EXPECT_TRUE(shake({}, own).server.failed);
}

TEST_P(algorithms, session_made_under_the_same_optional_names_is_resumed) {
  connection_options own;
  own.groups = names{"?nonsense", "secp384r1"};
  own.signature_algorithms = names{"?rot13", "ecdsa_secp256r1_sha256"};
  context_options options = server_options(GetParam());
  static_cast<connection_options&>(options) = own;
  options.method = tls_method{GetParam(), GetParam()};
  const ssl_context server = ssl_context::server(options);
  const ssl_context client = ssl_context::client(client_options());
  memory_handshake first(server, client, own);
  ASSERT_TRUE(first.run());
  server.reload();
  memory_handshake other(server, client, own);
  SSL_set_session(other.client(), first.session().get());
  ASSERT_TRUE(other.run());
  EXPECT_EQ(SSL_session_reused(other.server()), 1);
}

TEST_P(algorithms, groups_without_a_common_one_end_the_handshake) {
  connection_options server, client;
  server.groups = names{"secp384r1"};
  client.groups = names{"secp521r1", "secp256r1"};
  const both_reports r = shake(server, client);
  EXPECT_EQ(r.server.failed, ssl_errc::handshake_failed) << r.server.what;
  EXPECT_EQ(r.client.failed, ssl_errc::alert_received) << r.client.what;
}

TEST_P(algorithms, signature_of_the_server_is_told_at_both_ends) {
  const both_reports r = shake({}, {});
  EXPECT_EQ(r.client.info.signature_algorithm, "ecdsa_secp256r1_sha256");
  EXPECT_EQ(r.server.info.signature_algorithm, "ecdsa_secp256r1_sha256");
}

TEST_P(algorithms, signature_algorithm_that_the_client_wants_is_used) {
  leaf_options rsa;
  rsa.key = key_type::rsa2048;
  const issued leaf = test_authority().leaf(rsa);
  context_options server = server_options(GetParam());
  server.certificate = pem_text(leaf.both());
  server.key = pem_source();
  for (const char* const wanted : {"rsa_pss_rsae_sha384", "rsa_pss_rsae_sha512"}) {
    connection_options own;
    own.signature_algorithms = names{wanted, "ecdsa_secp256r1_sha256"};
    const both_reports r = complete_handshake(ssl_context::server(server),
                                              ssl_context::client(client_options()), {}, own);
    EXPECT_EQ(r.client.info.signature_algorithm, wanted) << r.client.what;
    EXPECT_EQ(r.server.info.signature_algorithm, wanted) << r.server.what;
  }
}

// The name is made of numbers where OpenSSL is older than 3.5.
TEST_P(algorithms, signature_of_the_server_has_the_name_that_tls_gives_it) {
  const std::vector<std::pair<key_type, const char*>> all = {
      {key_type::p384, "ecdsa_secp384r1_sha384"},
      {key_type::p521, "ecdsa_secp521r1_sha512"},
      {key_type::ed25519, "ed25519"},
      {key_type::ed448, "ed448"},
      {key_type::rsa_pss, "rsa_pss_pss_sha256"},
      {key_type::rsa2048, "rsa_pss_rsae_sha256"},
      {key_type::rsa2048, "rsa_pkcs1_sha384"}};
  for (const auto& [key, name] : all) {
    if (GetParam() == tls_version::tls1_3 && std::string(name) == "rsa_pkcs1_sha384") continue;
    leaf_options options;
    options.key = key;
    context_options server = server_options(GetParam());
    server.certificate = pem_text(test_authority().leaf(options).both());
    server.key = pem_source();
    connection_options own;
    own.signature_algorithms = names{name, "ecdsa_secp256r1_sha256"};
    const both_reports r = complete_handshake(ssl_context::server(server),
                                              ssl_context::client(client_options()), own, own);
    EXPECT_EQ(r.client.info.signature_algorithm, name) << r.client.what;
    EXPECT_EQ(r.server.info.signature_algorithm, name) << r.server.what;
  }
}

// SHA-1 and SHA-224, which nobody gets who does not ask for them.
TEST_P(algorithms, signature_of_old_has_the_name_that_tls_gives_it) {
  if (GetParam() == tls_version::tls1_3) GTEST_SKIP() << "TLS 1.3 has none of them";
  struct signature {
    key_type key;
    const char *wanted, *told;
  };
  for (const auto& [key, wanted, told] :
       {signature{key_type::p256, "ECDSA+SHA1", "ecdsa_sha1"},
        signature{key_type::p256, "ECDSA+SHA224", "ecdsa_sha224"},
        signature{key_type::rsa2048, "RSA+SHA1", "rsa_pkcs1_sha1"},
        signature{key_type::rsa2048, "RSA+SHA224", "rsa_pkcs1_sha224"}}) {
    leaf_options options;
    options.key = key;
    context_options server = server_options(GetParam());
    server.certificate = pem_text(test_authority().leaf(options).both());
    server.key = pem_source();
    connection_options own;
    own.signature_algorithms = names{wanted, "ecdsa_secp256r1_sha256"};
    own.ciphers = "ECDHE+AESGCM:@SECLEVEL=0";
    const both_reports r = complete_handshake(ssl_context::server(server),
                                              ssl_context::client(client_options()), own, own);
    EXPECT_EQ(r.client.info.signature_algorithm, told) << r.client.what;
    EXPECT_EQ(r.server.info.signature_algorithm, told) << r.server.what;
  }
}

TEST_P(algorithms, signature_algorithms_hold_for_clients_certificates) {
  context_options server = server_options(GetParam());
  server.ca_certificates = pem_text(test_authority().certificate());
  server.verify = verify_mode::required;
  context_options client = client_options();
  client.certificate = pem_text(localhost().both());
  connection_options own;
  const auto shake_both = [&] {
    return complete_handshake(ssl_context::server(server), ssl_context::client(client), own);
  };
  own.signature_algorithms = names{"ecdsa_secp256r1_sha256"};
  EXPECT_FALSE(shake_both().server.failed);
  own.signature_algorithms = names{"rsa_pss_rsae_sha256"};
  EXPECT_TRUE(shake_both().server.failed);
}

TEST_P(algorithms, session_made_under_other_algorithms_is_not_resumed) {
  const ssl_context server = ssl_context::server(server_options(GetParam()));
  const ssl_context client = ssl_context::client(client_options());
  memory_handshake first(server, client);
  ASSERT_TRUE(first.run());
  connection_options own;
  own.signature_algorithms = names{"ecdsa_secp256r1_sha256"};
  memory_handshake other(server, client, own);
  SSL_set_session(other.client(), first.session().get());
  ASSERT_TRUE(other.run());
  EXPECT_EQ(SSL_session_reused(other.server()), 0);
}

void expect_refused(const connection_options& own, const std::string& option,
                    const std::string& reason) {
  const ssl_context server = ssl_context::server(server_options());
  const ssl_context client = ssl_context::client(client_options());
  for (const ssl_context& c : {server, client}) {
    const ssl_error e = thrown_by([&] { make_connection(c, own); });
    EXPECT_EQ(e.code(), ssl_errc::bad_configuration);
    EXPECT_EQ(e.operation(), option);
    EXPECT_TRUE(mentions(e, reason)) << e.what();
  }
  context_options all = client_options();
  static_cast<connection_options&>(all) = own;
  EXPECT_EQ(thrown_by([&] { ssl_context::client(all); }).operation(), option);
}

TEST(algorithm_names, that_are_unknown_are_refused_by_name) {
  const std::vector<std::pair<names, std::string>> wrong = {
      {{"secp256r1", "nonsense"}, "\"nonsense\""},
      {{}, "empty"},
      {{""}, "\"\""},
      {{"P-384:P-256"}, "P-384:P-256"},
      {{"secp256r1", "?"}, "\"?\""},
      {{"??secp256r1"}, "\"??secp256r1\""},
      {{"?P-384:P-256"}, "\"?P-384:P-256\""},
      {{"?nonsense", "?rubbish"}, "know none of the list"},
      {{"?secp256r1", "secp256r1"}, "twice"},
      {{"secp256r1", "?nonsense", "?nonsense"}, "twice"},
      {{"-secp256r1"}, "-secp256r1"},
      {{"secp256r1", "secp256r1"}, "twice"}};
  for (const auto& [list, reason] : wrong) {
    connection_options own;
    own.groups = list;
    expect_refused(own, "groups", reason);
  }
  connection_options own;
  for (const char* const wrong_name : {"rot13", "?", "?-rot13"}) {
    own.groups.reset();
    own.signature_algorithms = names{"rsa_pss_rsae_sha256", wrong_name};
    expect_refused(own, "signature_algorithms", '"' + std::string(wrong_name) + '"');
  }
  own.signature_algorithms = names{"?rot13"};
  expect_refused(own, "signature_algorithms", "know none of the list");
  own.signature_algorithms = names{};
  expect_refused(own, "signature_algorithms", "empty");
}

TEST(certificate_chain, of_any_size_but_those_that_make_sense_is_refused) {
  connection_options own;
  own.max_certificate_chain = std::size_t{0};
  expect_refused(own, "max_certificate_chain", "zero");
  own.max_certificate_chain = static_cast<std::size_t>(-1);
  expect_refused(own, "max_certificate_chain", "2,147,483,647");
}

// A server whose chain has many certificates; they need not lead anywhere.
context_options talkative(int certificates) {
  context_options o = server_options();
  std::string chain = localhost().certificate;
  for (int i = 0; i < certificates; ++i) chain += test_authority().certificate();
  o.certificate = pem_text(chain);
  return o;
}

TEST(certificate_chain, is_limited_to_100_kib) {
  const ssl_context client = ssl_context::client(client_options());
  EXPECT_FALSE(complete_handshake(ssl_context::server(talkative(20)), client).client.failed);
  const both_reports r = complete_handshake(ssl_context::server(talkative(400)), client);
  EXPECT_EQ(r.client.failed, ssl_errc::handshake_failed);
  EXPECT_NE(r.client.what.find("excessive message size"), std::string::npos) << r.client.what;
}

TEST(certificate_chain, limit_can_be_moved_for_a_connection) {
  const ssl_context client = ssl_context::client(client_options());
  connection_options own;
  own.max_certificate_chain = std::size_t{300 * 1024};
  const both_reports more =
      complete_handshake(ssl_context::server(talkative(300)), client, {}, own);
  EXPECT_FALSE(more.client.failed) << more.client.what;
  own.max_certificate_chain = std::size_t{2 * 1024};
  const both_reports less = complete_handshake(ssl_context::server(talkative(20)), client, {}, own);
  EXPECT_EQ(less.client.failed, ssl_errc::handshake_failed);
}

TEST(certificate_chain, limit_can_be_moved_for_a_context) {
  context_options o = client_options();
  o.max_certificate_chain = std::size_t{2 * 1024};
  const both_reports r =
      complete_handshake(ssl_context::server(talkative(20)), ssl_context::client(o));
  EXPECT_EQ(r.client.failed, ssl_errc::handshake_failed);
}

TEST(post_quantum, is_what_the_group_makes_of_the_key_exchange) {
  for (const char* const name : {"X25519MLKEM768", "SecP256r1MLKEM768", "mlkem1024"}) {
    EXPECT_TRUE(detail::is_post_quantum(name)) << name;
  }
  for (const char* const name : {"", "x25519", "secp256r1", "ffdhe2048"}) {
    EXPECT_FALSE(detail::is_post_quantum(name)) << name;
  }
  context_options o = client_options();
  const connection_info usual =
      complete_handshake(ssl_context::server(server_options()), ssl_context::client(o)).client.info;
  EXPECT_EQ(usual.post_quantum, usual.group.find("MLKEM") != std::string::npos) << usual.group;
  o.groups = std::vector<std::string>{"P-256"};
  EXPECT_FALSE(complete_handshake(ssl_context::server(server_options()), ssl_context::client(o))
                   .client.info.post_quantum);
}

}  // namespace
}  // namespace test
}  // namespace iostls
