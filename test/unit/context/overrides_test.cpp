// SPDX-License-Identifier: Apache-2.0
// What a connection has of its own wins over its context, and leaves the context as it was.
#include <map>
#include <string>

#include <gtest/gtest.h>
#include <iostls/iostls.hpp>

#include "dialogue.hpp"
#include "options/option_list.hpp"
#include "overriding.hpp"

namespace iostls {
namespace {

using namespace test;

constexpr tls_method only_1_2{tls_version::tls1_2, tls_version::tls1_2};
constexpr tls_method only_1_3{tls_version::tls1_3, tls_version::tls1_3};

class overrides : public overriding {};
INSTANTIATE_TEST_SUITE_P(, overrides, testing::Values(role::server, role::client),
                         [](const auto& info) { return to_string(info.param); });

TEST_P(overrides, method_narrows_for_one_connection) {
  const ssl_context c = context_of(base());
  connection_options own;
  own.method = only_1_2;
  EXPECT_EQ(connect(c, other_end()).info.protocol, "TLSv1.3");
  EXPECT_EQ(connect(c, other_end(), own).info.protocol, "TLSv1.2");
  EXPECT_EQ(connect(c, other_end()).info.protocol, "TLSv1.3");
}

TEST_P(overrides, method_widens_for_one_connection) {
  context_options o = base();
  o.method = only_1_2;
  const ssl_context c = context_of(o);
  connection_options own;
  own.method = only_1_3;
  EXPECT_EQ(connect(c, other_end(), own).info.protocol, "TLSv1.3");
  EXPECT_EQ(connect(c, other_end()).info.protocol, "TLSv1.2");
}

TEST_P(overrides, ciphers) {
  context_options o = base();
  o.method = only_1_2;
  o.ciphers = "ECDHE-ECDSA-AES128-GCM-SHA256";
  const ssl_context c = context_of(o);
  connection_options own;
  own.ciphers = "ECDHE-ECDSA-AES256-GCM-SHA384";
  EXPECT_EQ(connect(c, other_end(), own).info.cipher, "ECDHE-ECDSA-AES256-GCM-SHA384");
  EXPECT_EQ(connect(c, other_end()).info.cipher, "ECDHE-ECDSA-AES128-GCM-SHA256");
}

TEST_P(overrides, ciphersuites) {
  context_options o = base();
  o.ciphersuites = "TLS_AES_128_GCM_SHA256";
  const ssl_context c = context_of(o);
  connection_options own;
  own.ciphersuites = "TLS_AES_256_GCM_SHA384";
  EXPECT_EQ(connect(c, other_end(), own).info.cipher, "TLS_AES_256_GCM_SHA384");
  EXPECT_EQ(connect(c, other_end()).info.cipher, "TLS_AES_128_GCM_SHA256");
}

// A context that verifies, and a peer that does not pass: a server's client without a certificate,
// or a client's server of another authority.
struct strangers {
  context_options trusting;
  peer_options stranger;
};

strangers make_strangers(role r, context_options o, peer_options p) {
  o.ca_certificates = pem_text(test_authority().certificate());
  if (r == role::client) {
    const issued other = authority("Another Root").leaf();
    p.certificate = other.certificate;
    p.key = other.key;
  }
  return {std::move(o), std::move(p)};
}

TEST_P(overrides, verify_none_over_required) {
  strangers s = make_strangers(end(), base(), other_end());
  s.trusting.verify = verify_mode::required;
  const ssl_context c = context_of(s.trusting);
  connection_options own;
  own.verify = verify_mode::none;
  const outcome lenient = connect(c, s.stranger, own);
  EXPECT_FALSE(lenient.failed) << lenient.failed.message();
  EXPECT_FALSE(lenient.info.verified);
  EXPECT_EQ(connect(c, s.stranger).failed, ssl_errc::certificate_rejected);
}

TEST_P(overrides, verify_required_over_none) {
  strangers s = make_strangers(end(), base(), other_end());
  s.trusting.verify = verify_mode::none;
  const ssl_context c = context_of(s.trusting);
  connection_options own;
  own.verify = verify_mode::required;
  EXPECT_EQ(connect(c, s.stranger, own).failed, ssl_errc::certificate_rejected);
  const outcome next = connect(c, s.stranger);
  EXPECT_FALSE(next.failed) << next.failed.message();
}

TEST_P(overrides, verify_optional_over_required) {
  strangers s = make_strangers(end(), base(), other_end());
  s.trusting.verify = verify_mode::required;
  const ssl_context c = context_of(s.trusting);
  connection_options own;
  own.verify = verify_mode::optional;
  const outcome lenient = connect(c, s.stranger, own);
  EXPECT_FALSE(lenient.failed) << lenient.failed.message();
  EXPECT_FALSE(lenient.info.verified);
  EXPECT_EQ(lenient.info.verify_result != X509_V_OK, end() == role::client)
      << "a client reports what is wrong with the server; a server without a certificate to look "
         "at "
         "has nothing to tell";
  EXPECT_EQ(connect(c, s.stranger).failed, ssl_errc::certificate_rejected);
}

// A peer whose certificate has one intermediate above it.
peer_options with_intermediate(peer_options p) {
  const issued leaf = test_authority().intermediate().leaf();
  p.certificate = leaf.certificate;
  p.key = leaf.key;
  return p;
}

TEST_P(overrides, max_depth) {
  context_options o = base();
  o.ca_certificates = pem_text(test_authority().certificate());
  o.verify = verify_mode::required;
  const peer_options deep = with_intermediate(other_end());
  connection_options own;

  const ssl_context generous = context_of(o);
  own.max_depth = 0;
  EXPECT_EQ(connect(generous, deep, own).failed, ssl_errc::certificate_rejected);
  EXPECT_FALSE(connect(generous, deep).failed);

  o.max_depth = 0;
  const ssl_context strict = context_of(o);
  own.max_depth = 1;
  EXPECT_FALSE(connect(strict, deep, own).failed);
  EXPECT_EQ(connect(strict, deep).failed, ssl_errc::certificate_rejected);
}

// Client and server have the same two ciphers, in opposite order.
class overrides_of_order : public overrides {
 protected:
  static constexpr const char* servers_choice = "ECDHE-ECDSA-AES128-GCM-SHA256";
  static constexpr const char* clients_choice = "ECDHE-ECDSA-AES256-GCM-SHA384";

  static context_options server() {
    context_options o = base(role::server);
    o.method = only_1_2;
    o.ciphers = std::string(servers_choice) + ":" + clients_choice;
    return o;
  }
  static peer_options client() {
    peer_options p = client_peer();
    p.tune = [](SSL_CTX* ctx) {
      const std::string list = std::string(clients_choice) + ":" + servers_choice;
      ASSERT_EQ(SSL_CTX_set_cipher_list(ctx, list.c_str()), 1);
    };
    return p;
  }
};

INSTANTIATE_TEST_SUITE_P(, overrides_of_order, testing::Values(role::server),
                         [](const auto& info) { return to_string(info.param); });

TEST_P(overrides_of_order, prefer_server_cipher_order_off_where_it_is_on) {
  const ssl_context c = context_of(server());
  connection_options own;
  own.prefer_server_cipher_order = false;
  EXPECT_EQ(connect(c, client(), own).info.cipher, clients_choice);
  EXPECT_EQ(connect(c, client()).info.cipher, servers_choice);
}

TEST_P(overrides_of_order, prefer_server_cipher_order_on_where_it_is_off) {
  context_options o = server();
  o.prefer_server_cipher_order = false;
  const ssl_context c = context_of(o);
  connection_options own;
  own.prefer_server_cipher_order = true;
  EXPECT_EQ(connect(c, client(), own).info.cipher, servers_choice);
  EXPECT_EQ(connect(c, client()).info.cipher, clients_choice);
}

// The peer is or asks for "localhost"; "elsewhere.example" is not what it is.
TEST_P(overrides, server_name_that_does_not_fit) {
  const ssl_context c = context_of(base());
  connection_options own;
  own.server_name = "elsewhere.example";
  const outcome refused = connect(c, other_end(), own);
  EXPECT_EQ(refused.failed,
            end() == role::client ? ssl_errc::certificate_rejected : ssl_errc::handshake_failed)
      << refused.failed.message();
  EXPECT_FALSE(connect(c, other_end()).failed);
}

TEST_P(overrides, server_name_that_fits) {
  context_options o = base();
  o.server_name = "elsewhere.example";
  const ssl_context c = context_of(o);
  connection_options own;
  own.server_name = "localhost";
  const outcome fits = connect(c, other_end(), own);
  EXPECT_FALSE(fits.failed) << fits.failed.message();
  EXPECT_EQ(fits.info.server_name, "localhost");
  EXPECT_TRUE(connect(c, other_end()).failed);
}

TEST_P(overrides, require_close_notify) {
  const ssl_context c = context_of(base());
  const auto cut = [](ssl_stream& s, tls_peer& peer) {
    peer.half_close();
    EXPECT_EQ(s.get(), std::char_traits<char>::eof());
  };
  connection_options own;
  own.require_close_notify = false;
  converse(c, other_end(), own, [&](ssl_stream& s, tls_peer& peer) {
    cut(s, peer);
    EXPECT_TRUE(s.eof());
    EXPECT_FALSE(s.bad());
  });
  converse(c, other_end(), {}, [&](ssl_stream& s, tls_peer& peer) {
    cut(s, peer);
    EXPECT_TRUE(s.bad());
    EXPECT_EQ(s.error(), ssl_errc::truncated);
  });
}

// Options whose overrides are tested with all else about them, and where.
const std::map<std::string, std::string> tested_elsewhere{
    {"handshake_timeout", "overrides_of_limits_test"},
    {"read_timeout", "overrides_of_limits_test"},
    {"write_timeout", "overrides_of_limits_test"},
    {"close_timeout", "overrides_of_limits_test"},
    {"pinned_public_keys", "pins_test"},
    {"accept_raw_public_keys", "raw_public_keys_test"},
    {"tlsa_records", "dane_test"},
    {"ocsp", "ocsp_verification_test"},
    {"sni_name", "sni_name_test"},
    {"ech_config", "encrypted_client_hello_test"},
    {"ech_grease", "encrypted_client_hello_test"},
    {"alpn", "alpn_test"},
    {"alpn_optional", "alpn_test"},
    {"groups", "groups_and_signatures_test"},
    {"signature_algorithms", "groups_and_signatures_test"},
    {"max_certificate_chain", "groups_and_signatures_test"},
    {"handshake_on_connect", "opening_test"},
    {"session", "session_test"},
    {"post_handshake_auth", "post_handshake_auth_test"},
    {"max_renegotiations", "renegotiating_client_test"},
    {"message_trace", "message_trace_test"},
};

// Whether a test above begins with the name.
bool is_tested_here(const std::string& option) {
  const testing::UnitTest& all = *testing::UnitTest::GetInstance();
  for (int i = 0; i != all.total_test_suite_count(); ++i) {
    const testing::TestSuite& suite = *all.GetTestSuite(i);
    for (int j = 0; j != suite.total_test_count(); ++j) {
      if (std::string(suite.GetTestInfo(j)->name()).compare(0, option.size(), option) == 0) {
        return true;
      }
    }
  }
  return false;
}

TEST(tests_of_overrides, are_there_for_each_option) {
  detail::for_each_connection_option([](const auto& row) {
    EXPECT_NE(is_tested_here(row.name), tested_elsewhere.count(row.name) != 0) << row.name;
  });
}

}  // namespace
}  // namespace iostls
