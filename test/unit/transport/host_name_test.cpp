// SPDX-License-Identifier: Apache-2.0
// The option server_name: what it may be, what is sent of it, and what certificates it matches.
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <openssl/err.h>
#include <iostls/certificate.hpp>
#include <iostls/native.hpp>
#include <iostls/options.hpp>
#include <iostls/ssl_context.hpp>
#include <iostls/ssl_stream.hpp>
#include <iostls/tcp.hpp>

#include "fixture.hpp"
#include "immediate_peer.hpp"
#include "memory_handshake.hpp"
#include "thrown.hpp"

namespace iostls {
namespace test {
namespace {

ssl_error refusal(const connection_options& options, bool server = false) {
  context_options all = server ? server_options() : client_options();
  all.server_name = options.server_name;
  return thrown_by([&] { server ? ssl_context::server(all) : ssl_context::client(all); });
}

void expect_refused(const connection_options& options, bool server = false) {
  const ssl_error e = refusal(options, server);
  EXPECT_EQ(e.code(), ssl_errc::bad_configuration);
  EXPECT_EQ(e.operation(), "server_name") << e.what();
}

TEST(server_name, refuses_what_is_no_host) {
  const std::vector<std::string> names = {std::string("localhost\0.evil", 15),
                                          "\0localhost",
                                          "local host",
                                          " localhost",
                                          "localhost\n",
                                          "local\x7fhost",
                                          "b\xc3\xbc"
                                          "cher.example",
                                          "a..b",
                                          ".a",
                                          "..",
                                          ".",
                                          "[::1]",
                                          "localhost:443",
                                          "https://localhost",
                                          "*.example.org",
                                          "user@localhost",
                                          std::string(64, 'a') + ".org",
                                          std::string("127.0.0.1\0", 10),
                                          "::1%\r\nX: 1",
                                          "::1%lo",
                                          "2001:db8::1%eth0",
                                          "fe80::1%",
                                          "fe80::1%\r\nX: 1",
                                          "fe80::1%eth0 ",
                                          "fe80::1%eth0/64",
                                          "fe80::1%" + std::string(300, 'e'),
                                          "::1.",
                                          "fe80::1.%eth0",
                                          "127.0.0.1%lo",
                                          "localhost%lo",
                                          "127.0.0.1.."};
  for (const std::string& name : names) {
    if (name.empty()) continue;
    connection_options o;
    o.server_name = name;
    expect_refused(o);
    expect_refused(o, true);
  }
}

TEST(server_name, is_told_without_the_secrets_of_a_url) {
  for (const std::string url :
       {"https://me:1234@localhost/", "me:1234@localhost", "https://localhost/?key=1234",
        "https://me:12/34@localhost/#1234"}) {
    connection_options o;
    o.server_name = url;
    // Nobody is asked for an address: there is no such port.
    for (const ssl_error& e : {refusal(o), thrown_by([&] { ssl_client_stream s(url, "443"); }),
                               thrown_by([&] { connect_tcp(url, "65536"); })}) {
      EXPECT_FALSE(mentions(e, "34")) << e.what();
      EXPECT_TRUE(mentions(e, "localhost")) << e.what();
    }
  }
}

TEST(server_name, refuses_names_that_are_too_long) {
  std::string longest = std::string(61, 'a');
  for (int i = 0; i < 3; ++i) longest += "." + std::string(63, 'a');
  ASSERT_EQ(longest.size(), 253U);
  context_options o = client_options();
  o.server_name = longest + ".";
  EXPECT_NO_THROW(ssl_context::client(o));
  o.server_name = "a." + longest;
  expect_refused(o);
}

TEST(server_name, asks_for_the_a_label) {
  connection_options o;
  o.server_name =
      "b\xc3\xbc"
      "cher.example";
  EXPECT_TRUE(mentions(refusal(o), "xn--")) << refusal(o).what();
}

TEST(server_name, must_be_given_to_a_client_that_verifies) {
  context_options o = client_options();
  for (const bool empty : {false, true}) {
    o.server_name.reset();
    if (empty) o.server_name = "";
    for (const verify_mode mode : {verify_mode::required, verify_mode::optional}) {
      o.verify = mode;
      const ssl_context context = ssl_context::client(o);
      const ssl_error e = thrown_by([&] { make_connection(context); });
      EXPECT_EQ(e.code(), ssl_errc::bad_configuration);
      EXPECT_EQ(e.operation(), "server_name");
    }
    o.verify = verify_mode::none;
    EXPECT_NO_THROW(make_connection(ssl_context::client(o)));
  }
}

TEST(server_name, may_be_emptied_for_one_connection_only_without_verification) {
  const ssl_context context = ssl_context::client(client_options());
  connection_options own;
  own.server_name = "";
  EXPECT_EQ(thrown_by([&] { make_connection(context, own); }).operation(), "server_name");
  own.verify = verify_mode::none;
  const auto ssl = make_connection(context, own);
  EXPECT_EQ(SSL_get_servername(ssl.get(), TLSEXT_NAMETYPE_host_name), nullptr);
}

// What a client sends as SNI for a name, and what it will look for in the certificate.
struct name_use {
  std::string sent, host, address;
};

name_use use_of(const std::string& name, verify_mode mode = verify_mode::required) {
  context_options o = client_options();
  o.server_name = name;
  o.verify = mode;
  const auto ssl = make_connection(ssl_context::client(o));
  const char* const sent = SSL_get_servername(ssl.get(), TLSEXT_NAMETYPE_host_name);
  X509_VERIFY_PARAM* const param = SSL_get0_param(ssl.get());
  const char* const host = X509_VERIFY_PARAM_get0_host(param, 0);
  char* const address = X509_VERIFY_PARAM_get1_ip_asc(param);
  name_use use{sent != nullptr ? sent : "", host != nullptr ? host : "",
               address != nullptr ? address : ""};
  OPENSSL_free(address);
  ERR_clear_error();  // of having asked for an address that is not there
  return use;
}

TEST(server_name, is_sent_and_checked_without_its_final_dot) {
  EXPECT_EQ(use_of("example.org").sent, "example.org");
  EXPECT_EQ(use_of("example.org.").sent, "example.org");
  EXPECT_EQ(use_of("example.org.").host, "example.org");
  EXPECT_EQ(use_of("example.org.").address, "");
}

TEST(server_name, is_not_sent_if_it_is_an_address) {
  EXPECT_EQ(use_of("127.0.0.1").sent, "");
  EXPECT_EQ(use_of("127.0.0.1").host, "");
  EXPECT_EQ(use_of("127.0.0.1").address, "127.0.0.1");
  EXPECT_EQ(use_of("::1").sent, "");
  EXPECT_EQ(use_of("::1").address, "0:0:0:0:0:0:0:1");
  EXPECT_EQ(use_of("fe80::1%lo").sent, "");
  EXPECT_EQ(use_of("fe80::1%lo").address, "FE80:0:0:0:0:0:0:1");
  EXPECT_EQ(use_of("fe80::1%25").address, "FE80:0:0:0:0:0:0:1");
  EXPECT_EQ(use_of("127.0.0.1.").sent, "");
  EXPECT_EQ(use_of("127.0.0.1.").host, "");
  EXPECT_EQ(use_of("127.0.0.1.").address, "127.0.0.1");
  EXPECT_EQ(use_of("127.1").sent, "127.1");
  EXPECT_EQ(use_of("127.1").host, "127.1");
}

TEST(server_name, is_sent_but_not_checked_without_verification) {
  EXPECT_EQ(use_of("localhost", verify_mode::none).sent, "localhost");
  EXPECT_EQ(use_of("localhost", verify_mode::none).host, "");
  EXPECT_EQ(use_of("127.0.0.1", verify_mode::none).address, "");
}

TEST(server_name, of_a_connection_wins_over_the_context) {
  context_options o = client_options();
  o.server_name = "127.0.0.1";
  const ssl_context context = ssl_context::client(o);
  connection_options own;
  own.server_name = "example.org";
  const auto ssl = make_connection(context, own);
  EXPECT_STREQ(SSL_get_servername(ssl.get(), TLSEXT_NAMETYPE_host_name), "example.org");
  EXPECT_STREQ(X509_VERIFY_PARAM_get0_host(SSL_get0_param(ssl.get()), 0), "example.org");
  EXPECT_EQ(X509_VERIFY_PARAM_get1_ip_asc(SSL_get0_param(ssl.get())), nullptr);
  ERR_clear_error();
}

// The client's verdict on a certificate for `names`, asked for as `server_name`.
long verdict(const std::vector<std::string>& names, const std::string& server_name,
             const std::string& common_name = "unused") {
  leaf_options leaf;
  leaf.names = names;
  leaf.common_name = common_name;
  const issued given = test_authority().leaf(leaf);
  context_options server;
  server.certificate = pem_text(given.certificate);
  server.key = pem_text(given.key);
  context_options client = client_options();
  client.server_name = server_name;
  memory_handshake h(ssl_context::server(server), ssl_context::client(client));
  const bool passed = h.run();
  EXPECT_EQ(passed, h.client_verdict() == X509_V_OK);
  return h.client_verdict();
}

constexpr long ok = X509_V_OK;
constexpr long wrong_host = X509_V_ERR_HOSTNAME_MISMATCH;
constexpr long wrong_address = X509_V_ERR_IP_ADDRESS_MISMATCH;

TEST(host_check, compares_names) {
  EXPECT_EQ(verdict({"localhost"}, "localhost"), ok);
  EXPECT_EQ(verdict({"localhost"}, "LocalHost."), ok);
  EXPECT_EQ(verdict({"localhost"}, "example.org"), wrong_host);
  EXPECT_EQ(verdict({"example.org", "localhost"}, "localhost"), ok);
  EXPECT_EQ(verdict({"xn--bcher-kva.example"}, "xn--bcher-kva.example"), ok);
}

TEST(host_check, compares_addresses_with_addresses) {
  EXPECT_EQ(verdict({"127.0.0.1"}, "127.0.0.1"), ok);
  EXPECT_EQ(verdict({"127.0.0.1"}, "127.0.0.2"), wrong_address);
  EXPECT_EQ(verdict({"127.0.0.1"}, "127.1"), wrong_host);
  EXPECT_EQ(verdict({"::1"}, "::1"), ok);
  EXPECT_EQ(verdict({"::1"}, "0:0::0:1"), ok);
  EXPECT_EQ(verdict({"::1"}, "::2"), wrong_address);
  EXPECT_EQ(verdict({"localhost"}, "127.0.0.1"), wrong_address);
}

TEST(host_check, ignores_the_common_name) {
  EXPECT_EQ(verdict({}, "localhost", "localhost"), wrong_host);
  EXPECT_EQ(verdict({"example.org"}, "localhost", "localhost"), wrong_host);
  EXPECT_EQ(verdict({}, "127.0.0.1", "127.0.0.1"), wrong_address);
}

TEST(host_check, takes_a_wildcard_for_one_whole_label) {
  EXPECT_EQ(verdict({"*.example.org"}, "a.example.org"), ok);
  EXPECT_EQ(verdict({"*.example.org"}, "a.b.example.org"), wrong_host);
  EXPECT_EQ(verdict({"*.example.org"}, "example.org"), wrong_host);
  EXPECT_EQ(verdict({"f*.example.org"}, "foo.example.org"), wrong_host);
  EXPECT_EQ(verdict({"*o.example.org"}, "foo.example.org"), wrong_host);
}

TEST(host_check, takes_a_wildcard_for_a_label_with_an_underscore) {
  EXPECT_EQ(verdict({"foo_bar.example.org"}, "foo_bar.example.org"), ok);
  EXPECT_EQ(verdict({"*.example.org"}, "foo_bar.example.org"), ok);
  EXPECT_EQ(verdict({"other.org", "*.Example.org"}, "Foo_Bar.example.org."), ok);
  EXPECT_EQ(verdict({"*.example.org"}, "_.example.org"), ok);
  EXPECT_EQ(verdict({"*.example.org"}, "a_b.c_d.example.org"), wrong_host);
  EXPECT_EQ(verdict({"*.example.org"}, "a_b.example.com"), wrong_host);
  EXPECT_EQ(verdict({"*.org"}, "a_b.org"), wrong_host);
  EXPECT_EQ(verdict({"*.org"}, "ab.org"), wrong_host);
  EXPECT_EQ(verdict({"foo*.example.org"}, "foo_bar.example.org"), wrong_host);
  EXPECT_EQ(verdict({"a.example.org"}, "a_.example.org"), wrong_host);
}

// The handshake, and certificate::matches, which is also how a server chooses among its certificates.
TEST(host_check, is_the_same_wherever_names_are_compared) {
  const std::vector<std::string> all{"foo_bar.example.org",   "*.example.org", "x.example.org",
                                     "a_b.c.example.org",     "*.org",         "127.0.0.1",
                                     "_dmarc.example.org",    "::1",           "*.c.example.org",
                                     "xn--bcher-kva.example", "localhost"};
  const std::vector<std::string> hosts{"foo_bar.example.org", "x_.example.org", "x.example.org",
                                       "a_b.c.example.org",   "b_.org",         "127.0.0.1.",
                                       "_dmarc.example.org.", "0::1",           "localhost"};
  for (const std::string& name : all) {
    leaf_options leaf;
    leaf.names = {name};
    const certificate c = certificate::from_pem(test_authority().leaf(leaf).certificate);
    for (const std::string& host : hosts) {
      EXPECT_EQ(c.matches(host), verdict({name}, host) == ok) << name << " for " << host;
    }
  }
}

TEST(host_check, is_not_deceived_by_a_nul) {
  EXPECT_EQ(verdict({std::string("localhost\0.evil.example", 23)}, "localhost"), wrong_host);
}

// OpenSSL goes on without the names to check where it has no memory to copy them.
TEST(host_check, is_missed_if_openssl_forgets_it) {
  for (const tls_version version : {tls_version::tls1_2, tls_version::tls1_3}) {
    duologue d({role::client, version});
    X509_VERIFY_PARAM* const param = SSL_get0_param(native_handle(d.buffer()));
    ASSERT_EQ(X509_VERIFY_PARAM_set1_host(param, nullptr, 0), 1);
    EXPECT_THROW(d.stream->do_handshake(), ssl_error);
    EXPECT_EQ(d.stream->error(), ssl_errc::certificate_rejected);
  }
}

TEST(host_check, is_done_in_mode_optional_but_ends_nothing) {
  context_options client = client_options();
  client.server_name = "example.org";
  client.verify = verify_mode::optional;
  memory_handshake h(ssl_context::server(server_options()), ssl_context::client(client));
  EXPECT_TRUE(h.run());
  EXPECT_EQ(h.client_verdict(), wrong_host);
}

}  // namespace
}  // namespace test
}  // namespace iostls
