// SPDX-License-Identifier: Apache-2.0
#include <iostls/options.hpp>

#include <chrono>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <iostls/ssl_context.hpp>

#include "fixture.hpp"
#include "memory_handshake.hpp"
#include "refused_option.hpp"
#include "thrown.hpp"

namespace iostls {
namespace test {
namespace {

using std::chrono::milliseconds;

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
