// SPDX-License-Identifier: Apache-2.0
// Versions of TLS by name, and which go together.
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <openssl/err.h>
#include <iostls/ssl_context.hpp>

#include "algorithms.hpp"
#include "fixture.hpp"
#include "memory_handshake.hpp"
#include "refused_option.hpp"
#include "thrown.hpp"

namespace iostls {
namespace test {
namespace {

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

TEST(old_protocols, are_off_unless_asked_for) {
  if (lacks("MD5-SHA1")) GTEST_SKIP() << "no provider has what these versions hash with";
  context_options old = client_options();
  old.method = tls_method{tls_version::tls1_1, tls_version::tls1_1};
  old.ciphers = "ECDHE-ECDSA-AES128-SHA:@SECLEVEL=0";
  const ssl_context client = ssl_context::client(old);
  memory_handshake refused(ssl_context::server(server_options()), client);
  EXPECT_FALSE(refused.run());
  EXPECT_EQ(refused.server_failure(), SSL_R_UNSUPPORTED_PROTOCOL);

  context_options server = server_options();
  server.method = old.method;
  server.ciphers = old.ciphers;
  memory_handshake asked(ssl_context::server(server), client);
  ASSERT_TRUE(asked.run());
  EXPECT_STREQ(SSL_get_version(asked.client()), "TLSv1.1");
}

}  // namespace
}  // namespace test
}  // namespace iostls
