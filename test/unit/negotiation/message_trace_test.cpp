// SPDX-License-Identifier: Apache-2.0
// What message_trace shows of a connection, and what it does not.
#include "negotiation/message_text.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <openssl/ssl.h>
#include <iostls/iostls.hpp>

#include "dialogue.hpp"
#include "fixture.hpp"
#include "openssl/openssl_ptr.hpp"
#include "session_visit.hpp"
#include "task.hpp"
#include "two_ends.hpp"

namespace iostls {
namespace test {
namespace {

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

class message_trace : public testing::TestWithParam<variant> {
 protected:
  std::unique_ptr<dialogue> traced() {
    return started(GetParam(), [this](context_options& o) { o.message_trace = &out_; });
  }
  bool is_1_3() const { return GetParam().version == tls_version::tls1_3; }
  std::string own(const char* if_client, const char* if_server) const {
    return GetParam().stream == role::client ? if_client : if_server;
  }

  std::ostringstream out_;
};

INSTANTIATE_TEST_SUITE_P(, message_trace, all_variants(), variant_name);

TEST_P(message_trace, has_the_words_of_s_client) {
  const auto d = traced();
  const std::string text = out_.str();
  EXPECT_TRUE(has(text, own("Sent", "Received") + " Record\nHeader:\n  Version = TLS 1.0 (0x301)\n"
                                                  "  Content Type = Handshake (22)\n  Length = "))
      << text;
  EXPECT_TRUE(has(text, "    ClientHello, Length="));
  EXPECT_TRUE(has(text, "      client_version=0x303 (TLS 1.2)\n"));
  EXPECT_TRUE(has(text, "        extension_type=supported_groups(10), length="));
  EXPECT_TRUE(has(text, "          ecdh_x25519 (29)\n"));
  EXPECT_TRUE(has(text, "          ecdsa_secp256r1_sha256 (0x0403)\n"));
  EXPECT_TRUE(has(text, "          host_name: localhost\n"));
  EXPECT_TRUE(has(text, "    ServerHello, Length="));
  EXPECT_TRUE(has(text, "    Certificate, Length="));
  EXPECT_TRUE(has(text, "        ASN.1Cert, length="));
  EXPECT_TRUE(has(text, "    Finished, Length="));
  if (is_1_3()) {
    EXPECT_TRUE(has(text, "  Inner Content Type = Handshake (22)\n"));
    EXPECT_TRUE(has(text, "      cipher_suite {0x13, 0x02} TLS_AES_256_GCM_SHA384\n"));
    EXPECT_TRUE(has(text, "          TLS 1.3 (772)\n"));
    EXPECT_TRUE(has(text, "          NamedGroup: "));
    EXPECT_TRUE(has(text, "    CertificateVerify, Length="));
  } else {
    EXPECT_TRUE(has(text, "    change_cipher_spec (1)\n"));
    EXPECT_TRUE(has(text, "    ServerHelloDone, Length=0\n"));
  }
  EXPECT_FALSE(has(text, "parse error")) << text;
}

TEST_P(message_trace, goes_on_after_the_handshake) {
  const auto d = traced();
  out_.str("");
  if (is_1_3()) d->stream().update_keys(key_update_request::requested);
  d->stream() << "data\n" << std::flush;
  EXPECT_EQ(d->peer().read_line(), "data");
  task answering([&] { d->answer_close(); });
  d->stream().close();
  answering.join();
  const std::string text = out_.str();
  EXPECT_EQ(has(text, "    KeyUpdate, Length=1\n      update_requested (1)\n"), is_1_3()) << text;
  EXPECT_TRUE(has(text, "  Content Type = ApplicationData (23)\n"));
  EXPECT_TRUE(has(text, "    Level=warning(1), description=close notify(0)\n"));
}

#ifndef OPENSSL_NO_SSL_TRACE
// OpenSSL 3.2 and later call a record "TLS Record", since QUIC has other ones.
std::string without_protocol(std::string text) {
  const std::size_t found = text.find(" TLS Record\n");
  return found == std::string::npos ? text : text.erase(found, 4);
}

// The lines of a message that SSL_trace does not write; it has the contents after each length.
extern "C" void compare_message(int is_write, int version, int kind, const void* data,
                                std::size_t size, SSL* ssl, void* arg) {
  const detail::openssl_ptr<BIO, BIO_free_all> out(BIO_new(BIO_s_mem()));
  SSL_trace(is_write, version, kind, data, size, ssl, out.get());
  char* bytes = nullptr;
  const long length = BIO_get_mem_data(out.get(), &bytes);
  const std::string expected =
      "\n" + without_protocol(std::string(bytes, static_cast<std::size_t>(length)));
  std::istringstream ours(detail::message_text(ssl, is_write != 0, version, kind,
                                               {static_cast<const char*>(data), size}));
  for (std::string line; std::getline(ours, line);) {
    if (!has(expected, "\n" + line)) *static_cast<std::string*>(arg) += line + "\n";
  }
}

TEST_P(message_trace, has_only_lines_that_ssl_trace_has_and_the_name_of_the_host) {
  std::string others;
  dialogue d(GetParam(), [](context_options& o) {
    o.alpn = {"h2"};
    o.alpn_optional = true;
  });
  SSL_set_msg_callback(d.peer().ssl(), compare_message);
  SSL_set_msg_callback_arg(d.peer().ssl(), &others);
  d.handshake();
  d.stream() << "data\n" << std::flush;
  EXPECT_EQ(d.peer().read_line(), "data");
  EXPECT_EQ(others, "          host_name: localhost\n");
}
#endif

// Neither as bytes nor as digits, from the fourth byte on, since the first may be in any text.
void expect_hidden(const std::string& text, const void* secret, std::size_t size) {
  const std::string bytes(static_cast<const char*>(secret), std::min<std::size_t>(size, 12));
  ASSERT_GE(bytes.size(), 8U);
  EXPECT_FALSE(has(text, bytes));
  std::string digits;
  for (const char c : bytes) {
    const auto code = static_cast<unsigned char>(c);
    digits += {"0123456789abcdef"[code >> 4], "0123456789abcdef"[code & 15]};
  }
  std::string plain;
  for (const char c : text) {
    if (std::isxdigit(static_cast<unsigned char>(c)) != 0) {
      plain += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
  }
  EXPECT_FALSE(has(plain, digits));
}

TEST_P(message_trace, has_no_secrets) {
  const auto d = traced();
  d->stream() << "a password\n" << std::flush;
  EXPECT_EQ(d->peer().read_line(), "a password");
  ASSERT_TRUE(d->peer().write("the answer\n"));
  std::string line;
  EXPECT_TRUE(std::getline(d->stream(), line));
  const std::string text = out_.str();
  SSL* const ssl = d->peer().ssl();
  std::array<unsigned char, 64> bytes{};
  expect_hidden(text, bytes.data(), SSL_get_client_random(ssl, bytes.data(), 32));
  expect_hidden(text, bytes.data(), SSL_get_server_random(ssl, bytes.data(), 32));
  expect_hidden(text, bytes.data(), SSL_get_finished(ssl, bytes.data(), bytes.size()));
  expect_hidden(text, bytes.data(), SSL_get_peer_finished(ssl, bytes.data(), bytes.size()));
  const SSL_SESSION* const session = SSL_get_session(ssl);
  expect_hidden(text, bytes.data(),
                SSL_SESSION_get_master_key(session, bytes.data(), bytes.size()));
  const unsigned char* ticket = nullptr;
  std::size_t ticket_size = 0;
  SSL_SESSION_get0_ticket(session, &ticket, &ticket_size);
  if (ticket_size != 0) expect_hidden(text, ticket, ticket_size);
  EXPECT_FALSE(has(text, "password"));
  EXPECT_FALSE(has(text, "the answer"));
}

TEST_P(message_trace, has_tickets_and_resumption_without_their_contents) {
  std::ostringstream here, there;
  context_options s = server_options(GetParam().version);
  context_options c = client_options(GetParam().version);
  s.message_trace = &there;
  c.message_trace = &here;
  const ssl_context server = ssl_context::server(s);
  const ssl_context client = ssl_context::client(c);
  connection_options again;
  again.session = visit(server, client).session;
  EXPECT_TRUE(has(here.str(), "    NewSessionTicket, Length="));
  EXPECT_TRUE(has(here.str(), "        ticket_lifetime_hint="));
  here.str("");
  EXPECT_TRUE(visit(server, client, again).info.resumed);
  EXPECT_TRUE(has(here.str(), is_1_3() ? "extension_type=psk(41), length="
                                       : "extension_type=session_ticket(35), length="))
      << here.str();
  for (const std::string& text : {here.str(), there.str()}) {
    EXPECT_TRUE(std::all_of(text.begin(), text.end(),
                            [](char ch) { return ch == '\n' || (ch >= ' ' && ch <= '~'); }));
    EXPECT_FALSE(has(text, "parse error"));
  }
}

TEST_P(message_trace, of_a_connection_overrides_that_of_its_context) {
  std::ostringstream other;
  context_options options = client_options(GetParam().version);
  options.message_trace = &out_;
  const ssl_context server = ssl_context::server(server_options(GetParam().version));
  const ssl_context client = ssl_context::client(options);
  connection_options own;
  own.message_trace = &other;
  complete_handshake(server, client, {}, own);
  EXPECT_EQ(out_.str(), "");
  EXPECT_TRUE(has(other.str(), "ClientHello"));
  own.message_trace = nullptr;
  complete_handshake(server, client, {}, own);
  EXPECT_EQ(out_.str(), "");
  complete_handshake(server, client);
  EXPECT_TRUE(has(out_.str(), "ClientHello"));
}

TEST_P(message_trace, has_the_alert_of_a_failure) {
  context_options options = client_options(GetParam().version);
  options.ca_certificates = pem_text(authority("Other").certificate());
  options.message_trace = &out_;
  const auto reports = complete_handshake(ssl_context::server(server_options(GetParam().version)),
                                          ssl_context::client(options));
  EXPECT_EQ(reports.client.failed, ssl_errc::certificate_rejected);
  EXPECT_TRUE(has(out_.str(), "    Level=fatal(2), description=unknown CA(48)\n")) << out_.str();
}

TEST_P(message_trace, of_the_context_that_a_function_has_chosen_holds) {
  std::ostringstream first;
  context_options chosen = server_options(GetParam().version);
  chosen.message_trace = &out_;
  context_options asking = server_options(GetParam().version);
  asking.message_trace = &first;
  const ssl_context other = ssl_context::server(chosen);
  asking.on_client_hello = [&](const client_hello&) { return client_hello_answer(other); };
  complete_handshake(ssl_context::server(asking),
                     ssl_context::client(client_options(GetParam().version)));
  EXPECT_TRUE(has(out_.str(), "Finished"));
  EXPECT_FALSE(has(first.str(), "Finished"));
}

// Each message of a handshake, whole and cut at each byte, and with each byte changed.
TEST(message_texts, of_broken_messages_end_in_time) {
  const detail::openssl_ptr<SSL_CTX, SSL_CTX_free> ctx(SSL_CTX_new(TLS_method()));
  const detail::openssl_ptr<SSL, SSL_free> ssl(SSL_new(ctx.get()));
  const std::string extensions("\0\x1c\0\0\0\x0e\0\x0c\0\0\x09localhost\0\x33\0\6\0\4\0\x1d\0\0",
                               30);
  std::string body = std::string("\3\3", 2) + std::string(32, 'r') +
                     std::string("\0\0\4\x13\2\x13\1\1\0", 9) + extensions;
  std::string hello = std::string("\1\0\0", 3) + static_cast<char>(body.size()) + body;
  const auto text = [&](const std::string& bytes) {
    return detail::message_text(ssl.get(), true, TLS1_3_VERSION, SSL3_RT_HANDSHAKE, bytes);
  };
  EXPECT_TRUE(has(text(hello), "host_name: localhost")) << text(hello);
  EXPECT_FALSE(has(text(hello), "parse error")) << text(hello);
  for (std::size_t size = 0; size != hello.size(); ++size) {
    EXPECT_TRUE(has(text(hello.substr(0, size)), "parse error")) << size;
  }
  for (std::size_t at = 0; at != hello.size(); ++at) {
    for (const int change : {1, 0x80, 0xff}) {
      std::string broken = hello;
      broken[at] = static_cast<char>(broken[at] ^ change);
      EXPECT_LT(text(broken).size(), 10000U);
    }
  }
}

TEST(message_texts, name_what_raw_public_keys_are_agreed_on_with) {
  const detail::openssl_ptr<SSL_CTX, SSL_CTX_free> ctx(SSL_CTX_new(TLS_method()));
  const detail::openssl_ptr<SSL, SSL_free> ssl(SSL_new(ctx.get()));
  const std::string message("\x08\0\0\x0c\0\x0a\0\x13\0\1\2\0\x14\0\1\2", 16);
  const std::string text =
      detail::message_text(ssl.get(), false, TLS1_3_VERSION, SSL3_RT_HANDSHAKE, message);
  EXPECT_TRUE(has(text, "extension_type=client_cert_type(19), length=1\n")) << text;
  EXPECT_TRUE(has(text, "extension_type=server_cert_type(20), length=1\n")) << text;
}

TEST(message_texts, escape_what_a_peer_has_chosen) {
  const detail::openssl_ptr<SSL_CTX, SSL_CTX_free> ctx(SSL_CTX_new(TLS_method()));
  const detail::openssl_ptr<SSL, SSL_free> ssl(SSL_new(ctx.get()));
  const std::string extensions("\0\x09\0\x10\0\5\0\3\2\x1b[", 11);
  const std::string message = std::string("\x08\0\0\x0b", 4) + extensions;
  const std::string text =
      detail::message_text(ssl.get(), false, TLS1_3_VERSION, SSL3_RT_HANDSHAKE, message);
  EXPECT_TRUE(has(text, "EncryptedExtensions, Length=11\n")) << text;
  EXPECT_TRUE(has(text, "          \\x1b[\n")) << text;
}

}  // namespace
}  // namespace test
}  // namespace iostls
