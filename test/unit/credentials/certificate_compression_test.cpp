// SPDX-License-Identifier: Apache-2.0
// Certificates that are sent compressed (RFC 8879). Where OpenSSL cannot, the option is refused, or does
// nothing.
#include <cstddef>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <openssl/opensslv.h>
#include <iostls/iostls.hpp>

#include "files.hpp"
#include "fixture.hpp"
#include "memory_handshake.hpp"
#include "ocsp.hpp"
#include "pem.hpp"
#include "session_visit.hpp"
#include "thrown.hpp"

namespace iostls {
namespace test {
namespace {

using names = std::vector<std::string>;

constexpr bool openssl_compresses = OPENSSL_VERSION_NUMBER >= 0x30200000L;

// The messages of the handshake that a connection receives (RFC 8446, 4).
constexpr unsigned char certificate_message = 11;
constexpr unsigned char compressed_certificate_message = 25;

struct received {
  std::size_t plain = 0;
  std::size_t compressed = 0;
  int algorithm = 0;
};

extern "C" void note_message(int write, int, int type, const void* data, std::size_t size, SSL*,
                             void* to) {
  if (write != 0 || type != SSL3_RT_HANDSHAKE || size < 6) return;
  auto& seen = *static_cast<received*>(to);
  const auto* const bytes = static_cast<const unsigned char*>(data);
  if (bytes[0] == certificate_message) ++seen.plain;
  if (bytes[0] != compressed_certificate_message) return;
  ++seen.compressed;
  seen.algorithm = bytes[4] * 256 + bytes[5];
}

bool is_refused(const std::string& name) {
  try {
    context_options o = client_options();
    o.certificate_compression = names{name};
    static_cast<void>(ssl_context::client(o));
    return false;
  } catch (const ssl_error&) {
    return true;
  }
}

// A chain whose names make it worth while.
issued wordy(const authority& issuer = test_authority()) {
  leaf_options o;
  o.names = {"localhost"};
  for (int i = 0; i != 60; ++i) {
    o.names.push_back("host-number-" + std::to_string(i) + ".example.org");
  }
  return issuer.leaf(o);
}

class certificate_compression : public testing::Test {
 protected:
  certificate_compression() { identify(server_, wordy()); }

  static void identify(context_options& who, const issued& as) {
    who.certificate = pem_text(as.both());
    who.key = {};
  }

  void compress(const names& by) {
    server_.certificate_compression = by;
    client_.certificate_compression = by;
  }

  // Expects a handshake that succeeds.
  void meet(const ssl_context& server, const ssl_context& client,
            const connection_options& own = {}) {
    at_client_ = at_server_ = received();
    memory_handshake h(server, client, {}, own);
    SSL_set_msg_callback(h.client(), note_message);
    SSL_set_msg_callback_arg(h.client(), &at_client_);
    SSL_set_msg_callback(h.server(), note_message);
    SSL_set_msg_callback_arg(h.server(), &at_server_);
    EXPECT_TRUE(h.run()) << h.client_failure() << ' ' << h.server_failure();
  }
  void meet() { meet(ssl_context::server(server_), ssl_context::client(client_)); }

  context_options server_ = server_options();
  context_options client_ = client_options();
  received at_client_, at_server_;
};

#define NEEDS(name) \
  if (is_refused(name)) GTEST_SKIP() << "this OpenSSL does not have " << name

TEST_F(certificate_compression, is_off_unless_both_ends_ask_for_it) {
  meet();
  EXPECT_EQ(at_client_.plain, 1U);
  client_.certificate_compression = names{"?zlib"};
  meet();
  EXPECT_EQ(at_client_.plain, 1U);
  client_.certificate_compression.reset();
  server_.certificate_compression = names{"?zlib"};
  meet();
  EXPECT_EQ(at_client_.plain, 1U);
}

TEST_F(certificate_compression, compresses_the_servers_certificate) {
  NEEDS("zlib");
  compress({"zlib"});
  meet();
  EXPECT_EQ(at_client_.plain, 0U);
  EXPECT_EQ(at_client_.compressed, 1U);
  EXPECT_EQ(at_client_.algorithm, 1);
}

TEST_F(certificate_compression, compresses_the_clients_certificate) {
  NEEDS("zlib");
  compress({"zlib"});
  identify(client_, wordy());
  server_.verify = verify_mode::required;
  server_.ca_certificates = pem_text(test_authority().certificate());
  meet();
  EXPECT_EQ(at_server_.plain, 0U);
  EXPECT_EQ(at_server_.compressed, 1U);
}

TEST_F(certificate_compression, uses_the_algorithm_that_is_asked_for_first) {
  NEEDS("zlib");
  NEEDS("zstd");
  server_.certificate_compression = names{"zstd", "zlib"};
  client_.certificate_compression = names{"zlib", "zstd"};
  meet();
  EXPECT_EQ(at_client_.algorithm, 1);
  client_.certificate_compression = names{"zstd", "zlib"};
  meet();
  EXPECT_EQ(at_client_.algorithm, 3);
  server_.certificate_compression = names{"zlib"};
  meet();
  EXPECT_EQ(at_client_.algorithm, 1);
}

TEST_F(certificate_compression, is_not_used_without_a_common_algorithm) {
  NEEDS("zlib");
  NEEDS("zstd");
  server_.certificate_compression = names{"zstd"};
  client_.certificate_compression = names{"zlib"};
  meet();
  EXPECT_EQ(at_client_.plain, 1U);
}

TEST_F(certificate_compression, is_not_used_in_tls_1_2) {
  NEEDS("zlib");
  compress({"zlib"});
  client_.method = tls_method{tls_version::tls1_2, tls_version::tls1_2};
  meet();
  EXPECT_EQ(at_client_.plain, 1U);
}

TEST_F(certificate_compression, compresses_more_credentials_too) {
  NEEDS("zlib");
  compress({"zlib"});
  credential_source other;
  leaf_options elsewhere;
  elsewhere.names = {"other.example"};
  other.certificate = pem_text(test_authority().leaf(elsewhere).both());
  server_.more_credentials = {other};
  meet();
  EXPECT_EQ(at_client_.compressed, 1U);
  client_.server_name = "other.example";
  meet();
  EXPECT_EQ(at_client_.compressed, 1U);
}

TEST_F(certificate_compression, leaves_alone_what_a_response_is_stapled_to) {
  NEEDS("zlib");
  compress({"zlib"});
  client_.ocsp = ocsp_mode::require;
  const issued shown = wordy();
  identify(server_, shown);
  server_.ocsp_response =
      ocsp_source::from_bytes(ocsp_response(test_authority(), {shown.certificate}));
  server_.ca_certificates = pem_text(test_authority().certificate());
  meet();
  EXPECT_EQ(at_client_.plain, 1U);
  credential_source other;
  leaf_options elsewhere;
  elsewhere.names = {"other.example"};
  const issued second = test_authority().leaf(elsewhere);
  other.certificate = pem_text(second.both());
  other.ocsp_response =
      ocsp_source::from_bytes(ocsp_response(test_authority(), {second.certificate}));
  server_.more_credentials = {other};
  meet();
  EXPECT_EQ(at_client_.plain, 1U);
  client_.server_name = "other.example";
  meet();
  EXPECT_EQ(at_client_.plain, 1U);
}

TEST_F(certificate_compression, is_that_of_the_new_certificate_after_a_reload) {
  NEEDS("zlib");
  compress({"zlib"});
  const temp_dir dir;
  dir.write("server.pem", wordy().both());
  server_.certificate = dir / "server.pem";
  const ssl_context server = ssl_context::server(server_);
  const issued renewed = wordy();
  dir.write("server.pem", renewed.both());
  server.reload();
  memory_handshake h(server, ssl_context::client(client_));
  SSL_set_msg_callback(h.client(), note_message);
  SSL_set_msg_callback_arg(h.client(), &at_client_);
  ASSERT_TRUE(h.run());
  EXPECT_EQ(at_client_.compressed, 1U);
  EXPECT_EQ(to_pem(SSL_get0_peer_certificate(h.client())), renewed.certificate);
}

TEST_F(certificate_compression, goes_with_resumption_either_way) {
  compress({"?zlib"});
  const ssl_context server = ssl_context::server(server_);
  connection_options own;
  own.session = visit(server, ssl_context::client(client_)).session;
  visit_result again = visit(server, ssl_context::client(client_), own);
  EXPECT_TRUE(again.info.resumed);
  client_.certificate_compression.reset();
  own.session = again.session;
  again = visit(server, ssl_context::client(client_), own);
  EXPECT_TRUE(again.info.resumed) << "it decides about no peer";
}

TEST_F(certificate_compression, does_not_get_around_max_certificate_chain) {
  NEEDS("zlib");
  compress({"zlib"});
  client_.max_certificate_chain = std::size_t{1500};
  memory_handshake h(ssl_context::server(server_), ssl_context::client(client_));
  EXPECT_FALSE(h.run());
  EXPECT_NE(h.client_failure(), 0);
}

TEST_F(certificate_compression, is_left_out_if_all_of_it_is_optional_and_missing) {
  names missing;
  for (const char* const each : {"zlib", "brotli", "zstd"}) {
    if (is_refused(each)) missing.push_back('?' + std::string(each));
  }
  if (missing.empty()) GTEST_SKIP() << "this OpenSSL has all";
  compress(missing);
  meet();
  EXPECT_EQ(at_client_.plain, 1U);
}

std::string refusal_of(const names& by) {
  context_options o = client_options();
  o.certificate_compression = by;
  const ssl_error e = thrown_by([&] { ssl_context::client(o); });
  EXPECT_EQ(e.code(), ssl_errc::bad_configuration);
  return e.what();
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST(certificate_compression_values, that_are_wrong_are_named) {
  EXPECT_TRUE(has(refusal_of({}), "certificate_compression: wrong option: the list is empty"));
  EXPECT_TRUE(
      has(refusal_of({"lz4"}), "certificate_compression: wrong option: \"lz4\" is none of"));
  EXPECT_TRUE(
      has(refusal_of({"?lz4"}), "certificate_compression: wrong option: \"?lz4\" is none of"));
  EXPECT_TRUE(has(refusal_of({"?zlib", "?zlib"}), "\"?zlib\" is there twice"));
}

TEST(certificate_compression_values, that_openssl_does_not_have_are_refused_with_the_reason) {
  for (const char* const each : {"zlib", "brotli", "zstd"}) {
    if (openssl_compresses && !is_refused(each)) continue;
    const std::string text = refusal_of({each});
    EXPECT_TRUE(has(text, "certificate_compression: wrong option: \"" + std::string(each) + "\": "))
        << text;
    EXPECT_TRUE(has(text, openssl_compresses ? "was built without it" : "OpenSSL 3.2 and later"))
        << text;
  }
}

}  // namespace
}  // namespace test
}  // namespace iostls
