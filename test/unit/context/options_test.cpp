// SPDX-License-Identifier: Apache-2.0
#include <iostls/options.hpp>

#include <chrono>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <openssl/crypto.h>
#include <iostls/ssl_context.hpp>

#include "fixture.hpp"
#include "memory_handshake.hpp"
#include "thrown.hpp"

namespace iostls {
namespace test {
namespace {

using std::chrono::milliseconds;

ssl_error refusal(const connection_options& options, bool server = false) {
  context_options all = server ? server_options() : client_options();
  static_cast<connection_options&>(all) = options;
  return thrown_by([&] { server ? ssl_context::server(all) : ssl_context::client(all); });
}

void expect_refused(const connection_options& options, const std::string& option,
                    bool server = false) {
  SCOPED_TRACE(option);
  const ssl_error e = refusal(options, server);
  EXPECT_EQ(e.code(), ssl_errc::bad_configuration);
  EXPECT_EQ(e.operation(), option);
  EXPECT_TRUE(mentions(e, option)) << e.what();
}

TEST(method, reads_the_names_of_allegro) {
  using v = tls_version;
  const std::vector<std::pair<const char*, tls_method>> table = {
      {"tlsv1", {v::tls1_0, v::tls1_0}},    {"tlsv1.1", {v::tls1_1, v::tls1_1}},
      {"tlsv1.2", {v::tls1_2, v::tls1_2}},  {"tlsv1.3", {v::tls1_3, v::tls1_3}},
      {"tlsv1+", {v::tls1_0, v::tls1_3}},   {"tlsv1.1+", {v::tls1_1, v::tls1_3}},
      {"tlsv1.2+", {v::tls1_2, v::tls1_3}}, {"tlsv1.3+", {v::tls1_3, v::tls1_3}},
      {"tlsv1-", {v::tls1_0, v::tls1_0}},   {"tlsv1.2-", {v::tls1_0, v::tls1_2}},
      {"tlsv1.3-", {v::tls1_0, v::tls1_3}}, {"tls", {v::tls1_2, v::tls1_3}},
      {"tls+", {v::tls1_2, v::tls1_3}},     {"sslv23", {v::tls1_2, v::tls1_3}},
      {"sslv23+", {v::tls1_2, v::tls1_3}},  {"TLSv1.2", {v::tls1_2, v::tls1_2}},
      {"SSLv23+", {v::tls1_2, v::tls1_3}},
  };
  for (const auto& row : table) {
    const tls_method read = tls_method::parse(row.first);
    EXPECT_EQ(read.min, row.second.min) << row.first;
    EXPECT_EQ(read.max, row.second.max) << row.first;
  }
}

TEST(method, refuses_other_names) {
  for (const std::string name : {"", "+", "-", "tlsv1.4", "tlsv1.2++", "tlsv1.2 ", " tls", "tls-",
                                 "dtls", "ssl", "sslv2", "sslv3", "sslv3+", "tlsv"}) {
    const ssl_error e = thrown_by([&] { tls_method::parse(name); });
    EXPECT_EQ(e.code(), ssl_errc::bad_configuration) << name;
    EXPECT_EQ(e.operation(), "method") << name;
    EXPECT_TRUE(mentions(e, '"' + name + '"')) << e.what();
  }
}

TEST(method, says_why_the_old_ones_are_refused) {
  EXPECT_TRUE(mentions(thrown_by([] { tls_method::parse("SSLv2"); }), "RFC 6176"));
  EXPECT_TRUE(mentions(thrown_by([] { tls_method::parse("sslv3+"); }), "RFC 7568"));
}

TEST(method, refuses_min_above_max) {
  connection_options o;
  o.method = tls_method{tls_version::tls1_3, tls_version::tls1_2};
  expect_refused(o, "method");
  expect_refused(o, "method", true);
}

TEST(method, refuses_versions_that_no_cipher_goes_with) {
  context_options o = client_options();
  o.method = tls_method{tls_version::tls1_0, tls_version::tls1_1};
  expect_refused(o, "method");
  o.ciphers = "AES128-SHA:@SECLEVEL=0";
  EXPECT_NO_THROW(ssl_context::client(o));
}

TEST(numbers, refuses_negative_ones) {
  connection_options o;
  o.max_depth = -1;
  expect_refused(o, "max_depth");

  using timeout = setting<milliseconds> connection_options::*;
  const std::vector<std::pair<const char*, timeout>> timeouts = {
      {"handshake_timeout", &connection_options::handshake_timeout},
      {"read_timeout", &connection_options::read_timeout},
      {"write_timeout", &connection_options::write_timeout},
      {"close_timeout", &connection_options::close_timeout}};
  for (const auto& t : timeouts) {
    connection_options with;
    with.*t.second = milliseconds(-1);
    expect_refused(with, t.first);
    expect_refused(with, t.first, true);
    context_options zero = client_options();
    zero.*t.second = milliseconds(0);
    EXPECT_NO_THROW(ssl_context::client(zero)) << t.first;
  }
}

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

TEST(override, reaches_the_connection_and_not_the_context) {
  const ssl_context context = ssl_context::server(server_options());
  connection_options own;
  own.method = tls_method{tls_version::tls1_2, tls_version::tls1_2};
  own.ciphers = "ECDHE-ECDSA-AES128-GCM-SHA256";
  own.verify = verify_mode::required;
  own.max_depth = 3;
  own.prefer_server_cipher_order = false;
  own.require_close_notify = false;
  const auto ssl = make_connection(context, own);
  const auto other = make_connection(context);

  EXPECT_EQ(SSL_get_max_proto_version(ssl.get()), TLS1_2_VERSION);
  EXPECT_EQ(SSL_get_max_proto_version(other.get()), TLS1_3_VERSION);
  EXPECT_EQ(SSL_get_verify_mode(ssl.get()), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT);
  EXPECT_EQ(SSL_get_verify_mode(other.get()), SSL_VERIFY_NONE);
  EXPECT_EQ(SSL_get_verify_depth(ssl.get()), 3);
  EXPECT_EQ(SSL_get_verify_depth(other.get()), 100);
  const auto order = SSL_OP_CIPHER_SERVER_PREFERENCE;
  const auto lenient = SSL_OP_IGNORE_UNEXPECTED_EOF;
  EXPECT_EQ(SSL_get_options(ssl.get()) & (order | lenient), lenient);
  EXPECT_EQ(SSL_get_options(other.get()) & (order | lenient), order);
}

TEST(override, goes_back_to_the_strict_ways_of_a_lenient_context) {
  context_options o = server_options();
  o.require_close_notify = false;
  o.prefer_server_cipher_order = false;
  connection_options own;
  own.require_close_notify = true;
  own.prefer_server_cipher_order = true;
  const auto ssl = make_connection(ssl_context::server(o), own);
  EXPECT_EQ(
      SSL_get_options(ssl.get()) & (SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_IGNORE_UNEXPECTED_EOF),
      SSL_OP_CIPHER_SERVER_PREFERENCE);
}

TEST(override, decides_what_is_negotiated) {
  const ssl_context server = ssl_context::server(server_options());
  const ssl_context client = ssl_context::client(client_options());
  connection_options own;
  own.ciphersuites = "TLS_AES_128_GCM_SHA256";
  memory_handshake suite(server, client, own);
  ASSERT_TRUE(suite.run());
  EXPECT_STREQ(SSL_get_cipher(suite.client()), "TLS_AES_128_GCM_SHA256");

  own.method = tls_method{tls_version::tls1_2, tls_version::tls1_2};
  own.ciphers = "ECDHE-ECDSA-AES128-GCM-SHA256";
  memory_handshake cipher(server, client, own);
  ASSERT_TRUE(cipher.run());
  EXPECT_STREQ(SSL_get_version(cipher.client()), "TLSv1.2");
  EXPECT_STREQ(SSL_get_cipher(cipher.client()), "ECDHE-ECDSA-AES128-GCM-SHA256");
}

TEST(override, is_checked_as_the_options_of_a_context_are) {
  const ssl_context context = ssl_context::client(client_options());
  const auto refused = [&](const connection_options& own) {
    return thrown_by([&] { make_connection(context, own); }).operation();
  };
  connection_options own;
  own.method = tls_method{tls_version::tls1_3, tls_version::tls1_2};
  EXPECT_EQ(refused(own), "method");
  own = {};
  own.ciphers = "NOSUCH:HIGH";
  EXPECT_EQ(refused(own), "ciphers");
  own = {};
  own.ciphers = "eNULL";
  EXPECT_EQ(refused(own), "ciphers");
  own = {};
  own.ciphersuites = "NOSUCH";
  EXPECT_EQ(refused(own), "ciphersuites");
  own = {};
  own.server_name = "a b";
  EXPECT_EQ(refused(own), "server_name");
  own = {};
  own.close_timeout = milliseconds(-1);
  EXPECT_EQ(refused(own), "close_timeout");
  own = {};
  own.max_depth = -1;
  EXPECT_EQ(refused(own), "max_depth");
}

TEST(pem, tells_text_from_paths) {
  EXPECT_TRUE(pem_source().empty());
  EXPECT_FALSE(pem_source("server.pem").is_text());
  EXPECT_FALSE(pem_source(std::string("-----BEGIN")).is_text());
  EXPECT_TRUE(pem_source(pem_text("x")).is_text());
  std::ostringstream out;
  out << pem_text("-----BEGIN X-----\n");
  EXPECT_EQ(out.str(), "-----BEGIN X-----\n");
}

TEST(passwords, come_from_strings_and_functions) {
  EXPECT_TRUE(password_source().empty());
  EXPECT_EQ(password_source().get(), "");
  EXPECT_EQ(password_source("secret").get(), "secret");
  EXPECT_EQ(password_source(std::string("a\0b", 3)).get(), std::string("a\0b", 3));
  EXPECT_EQ(password_source([] { return std::string("asked"); }).get(), "asked");
  EXPECT_EQ(password_source([] { return "literal"; }).get(), "literal");
}

}  // namespace
}  // namespace test
}  // namespace iostls
