// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <iostls/iostls.hpp>

#include "files.hpp"
#include "fixture.hpp"
#include "memory_handshake.hpp"
#include "thrown.hpp"
#include "two_ends.hpp"

namespace iostls {
namespace test {
namespace {

using commands = std::vector<std::pair<std::string, std::string>>;

context_options with(context_options o, const commands& c) {
  o.openssl_commands = c;
  return o;
}

TEST(openssl_commands, are_run_on_a_context) {
  const ssl_context server = ssl_context::server(
      with(server_options(), {{"Options", "-EncryptThenMac"}, {"Groups", "P-384"}}));
  EXPECT_NE(SSL_CTX_get_options(server.state()->get()) & SSL_OP_NO_ENCRYPT_THEN_MAC, 0U);
  const both_reports r = complete_handshake(server, ssl_context::client(client_options()));
  EXPECT_EQ(r.client.info.group, "secp384r1");
}

TEST(openssl_commands, win_over_the_options_of_the_context_alone) {
  context_options o = with(client_options(), {{"MaxProtocol", "TLSv1.2"}});
  o.method = tls_method{tls_version::tls1_2, tls_version::tls1_3};
  const ssl_context client = ssl_context::client(o);
  const ssl_context server = ssl_context::server(server_options());
  EXPECT_EQ(complete_handshake(server, client).client.info.protocol, "TLSv1.2");
  connection_options own;
  own.method = tls_method{tls_version::tls1_3, tls_version::tls1_3};
  EXPECT_EQ(complete_handshake(server, client, {}, own).client.info.protocol, "TLSv1.3");
}

TEST(openssl_commands, may_name_files) {
  const temp_dir dir;
  leaf_options names;
  names.names = {"other.example"};
  const issued other = test_authority().leaf(names);
  const ssl_context server = ssl_context::server(
      with(server_options(), {{"Certificate", dir.write("other.pem", other.certificate)},
                              {"PrivateKey", dir.write("other.key", other.key)}}));
  context_options client = client_options();
  client.server_name = "other.example";
  const both_reports r = complete_handshake(server, ssl_context::client(client));
  EXPECT_FALSE(r.client.failed) << r.client.what;
}

void expect_refused(const commands& wrong, bool is_server, const std::string& pair,
                    const std::string& reason) {
  const ssl_error e = thrown_by([&] {
    is_server ? ssl_context::server(with(server_options(), wrong))
              : ssl_context::client(with(client_options(), wrong));
  });
  EXPECT_EQ(e.code(), ssl_errc::bad_configuration);
  EXPECT_EQ(e.operation(), "openssl_commands");
  EXPECT_TRUE(mentions(e, pair)) << e.what();
  EXPECT_TRUE(mentions(e, reason)) << e.what();
}

TEST(openssl_commands, that_are_wrong_are_refused_with_the_pair) {
  for (const bool is_server : {true, false}) {
    expect_refused({{"Groups", "P-256"}, {"Nonsense", "x"}}, is_server, "\"Nonsense\" = \"x\"",
                   "does not know");
    expect_refused({{"Groups", "nonsense"}}, is_server, "\"Groups\" = \"nonsense\"",
                   "does not accept");
    expect_refused({{"", ""}}, is_server, "\"\" = \"\"", "does not");
    expect_refused({{std::string("Groups\0", 7), "P-256"}}, is_server, "Groups", "NUL");
    expect_refused({{"Certificate", "/nowhere/absent.pem"}}, is_server, "/nowhere/absent.pem",
                   "does not accept");
  }
  expect_refused({{"DHParameters", "/nowhere"}}, false, "DHParameters", "does not know");
}

TEST(openssl_commands, that_leave_nothing_to_negotiate_are_refused) {
  const ssl_error e = thrown_by([] {
    ssl_context::client(
        with(client_options(), {{"MinProtocol", "TLSv1.3"}, {"MaxProtocol", "TLSv1.2"}}));
  });
  EXPECT_EQ(e.code(), ssl_errc::bad_configuration);
}

TEST(openssl_commands, never_ask_for_a_password) {
  const temp_dir dir;
  leaf_options encrypted;
  encrypted.password = "secret";
  const issued leaf = test_authority().leaf(encrypted);
  expect_refused({{"Certificate", dir.write("c.pem", leaf.certificate)},
                  {"PrivateKey", dir.write("c.key", leaf.key)}},
                 true, "c.key", "does not accept");
}

// The file may have an encrypted key, which is not read then.
TEST(openssl_commands, never_ask_for_the_password_of_a_certificate) {
  const temp_dir dir;
  const std::string locked =
      "-----BEGIN %-----\nProc-Type:4,\tENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nAA==\n-----END "
      "%-----\n";
  const auto of = [&](const std::string& label) {
    std::string pem = locked;
    for (std::size_t at; (at = pem.find('%')) != std::string::npos;) pem.replace(at, 1, label);
    return pem;
  };
  const std::string leaf = test_authority().leaf({}).certificate;
  expect_refused({{"ClientCAFile", dir.write("a.pem", leaf + of("CERTIFICATE"))}}, true, "a.pem",
                 "the file is encrypted");
  EXPECT_NO_THROW(ssl_context::server(with(
      server_options(), {{"ClientCAFile", dir.write("b.pem", leaf + of("RSA PRIVATE KEY"))}})));
}

}  // namespace
}  // namespace test
}  // namespace iostls
