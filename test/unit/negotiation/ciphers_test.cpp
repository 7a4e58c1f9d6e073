// SPDX-License-Identifier: Apache-2.0
// The options ciphers and ciphersuites: which lists are accepted, and what is chosen.
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <openssl/crypto.h>
#include <iostls/ssl_context.hpp>

#include "fixture.hpp"
#include "memory_handshake.hpp"
#include "refused_option.hpp"
#include "thrown.hpp"

namespace iostls {
namespace test {
namespace {

TEST(ciphers, accepts_the_syntax_of_openssl) {
  for (const char* list :
       {"ECDHE+AESGCM", "ECDHE-ECDSA-AES128-GCM-SHA256", "HIGH:!aNULL:!MD5:@STRENGTH", "DEFAULT",
        "ALL:-RSA:+CHACHA20", "ECDHE+AESGCM, ECDHE+CHACHA20;AES128-SHA",
        ":HIGH:", "kGOST:AES128-SHA", "AES128-SHA:@SECLEVEL=1", "DEFAULT:!eNULL", "!MD5:HIGH"}) {
    context_options o;
    o.ciphers = list;
    EXPECT_NO_THROW(ssl_context::client(o)) << list;
  }
}

TEST(ciphers, refuses_words_that_openssl_passes_over) {
  std::vector<std::pair<std::string, std::string>> table = {
      {"NOSUCH:ECDHE+AESGCM", "NOSUCH"},
      {"ECDHE+AESGCM:NOSUCH", "NOSUCH"},
      {"ECDHE+AESGCM:!aNUL", "aNUL"},
      {"ECDHE+AESGCN:HIGH", "AESGCN"},
      {"HIGH:@SECLEVEL=9", "@SECLEVEL=9"},
      {"HIGH:@SECLEVEL", "@SECLEVEL"},
      {"HIGH:@STRENGHT", "@STRENGHT"},
      {"HIGH:#", "#"},
      {"HIGH:!", "\"\""},
      {"ECDHE+:HIGH", "\"\""},
      {"ECDHE-ECDSA-AES128-GCM-SHA265:HIGH", "ECDHE-ECDSA-AES128-GCM-SHA265"},
      {"HIGH:TLS_AES_128_GCM_SHA256", "ciphersuites"}};
  // OpenSSL 4 takes names in any case.
  if (OpenSSL_version_num() < 0x40000000UL) table.emplace_back("ecdhe+aesgcm:HIGH", "ecdhe");
  for (const auto& row : table) {
    connection_options o;
    o.ciphers = row.first;
    expect_refused(o, "ciphers");
    EXPECT_TRUE(mentions(refusal(o), row.second)) << refusal(o).what();
  }
}

TEST(ciphers, refuses_a_list_that_selects_nothing) {
  for (const std::string& list :
       {std::string(), std::string(" : "), std::string("ALL:!ALL"), std::string("kGOST"),
        std::string("eNULL"), std::string("HIGH\0:NOSUCH", 12)}) {
    connection_options o;
    o.ciphers = list;
    expect_refused(o, "ciphers");
    expect_refused(o, "ciphers", true);
  }
}

TEST(ciphers, refuses_an_empty_list_even_where_it_has_no_use) {
  context_options o = client_options(tls_version::tls1_3);
  o.ciphers = "";
  EXPECT_EQ(thrown_by([&] { ssl_context::client(o); }).operation(), "ciphers");
}

TEST(ciphers, are_not_missed_where_only_tls1_3_is_spoken) {
  context_options o = client_options(tls_version::tls1_3);
  o.ciphers = "eNULL";
  EXPECT_NO_THROW(ssl_context::client(o));
}

TEST(ciphersuites, refuses_unknown_names) {
  for (const char* list : {"", "NOSUCH", "TLS_AES_128_GCM_SHA256:NOSUCH", "TLS_AES_128_GCM_SHA256:",
                           "tls_aes_128_gcm_sha256", "TLS_RSA_WITH_AES_128_CBC_SHA", "AES128-SHA",
                           "TLS_AES_128_GCM_SHA265"}) {
    SCOPED_TRACE(list);
    connection_options o;
    o.ciphersuites = list;
    expect_refused(o, "ciphersuites");
  }
}

TEST(ciphersuites, accepts_those_of_tls1_3) {
  for (const char* list :
       {"TLS_AES_128_GCM_SHA256", "TLS_AES_128_CCM_SHA256:TLS_AES_256_GCM_SHA384"}) {
    context_options o = client_options();
    o.ciphersuites = list;
    EXPECT_NO_THROW(ssl_context::client(o)) << list;
  }
}

TEST(default_ciphers, are_authenticated_and_forward_secret) {
  const ssl_context context = ssl_context::server(server_options());
  const STACK_OF(SSL_CIPHER)* const ciphers = SSL_CTX_get_ciphers(context.state()->get());
  ASSERT_GE(sk_SSL_CIPHER_num(ciphers), 6);
  for (int i = 0; i < sk_SSL_CIPHER_num(ciphers); ++i) {
    const SSL_CIPHER* const cipher = sk_SSL_CIPHER_value(ciphers, i);
    EXPECT_TRUE(SSL_CIPHER_is_aead(cipher)) << SSL_CIPHER_get_name(cipher);
    const int exchange = SSL_CIPHER_get_kx_nid(cipher);
    EXPECT_TRUE(exchange == NID_kx_any || exchange == NID_kx_ecdhe) << SSL_CIPHER_get_name(cipher);
    EXPECT_NE(SSL_CIPHER_get_auth_nid(cipher), NID_auth_null) << SSL_CIPHER_get_name(cipher);
  }
}

TEST(default_ciphersuites, are_in_the_documented_order) {
  memory_handshake h(ssl_context::server(server_options()), ssl_context::client(client_options()));
  ASSERT_TRUE(h.run());
  EXPECT_STREQ(SSL_get_cipher(h.client()), "TLS_AES_256_GCM_SHA384");
}

TEST(cipher_order, is_the_servers_unless_it_gives_way) {
  context_options server = server_options(tls_version::tls1_2);
  server.ciphers = "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384";
  context_options client = client_options();
  client.ciphers = "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-ECDSA-AES128-GCM-SHA256";
  memory_handshake own(ssl_context::server(server), ssl_context::client(client));
  ASSERT_TRUE(own.run());
  EXPECT_STREQ(SSL_get_cipher(own.client()), "ECDHE-ECDSA-AES128-GCM-SHA256");

  server.prefer_server_cipher_order = false;
  memory_handshake theirs(ssl_context::server(server), ssl_context::client(client));
  ASSERT_TRUE(theirs.run());
  EXPECT_STREQ(SSL_get_cipher(theirs.client()), "ECDHE-ECDSA-AES256-GCM-SHA384");
}

}  // namespace
}  // namespace test
}  // namespace iostls
