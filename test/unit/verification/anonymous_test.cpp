// SPDX-License-Identifier: Apache-2.0
// Ciphers without authentication, which somebody may have let in: a handshake without a certificate is
// none for those who want one.
#include <string>

#include <gtest/gtest.h>
#include <openssl/ssl.h>
#include <iostls/iostls.hpp>

#include "fixture.hpp"
#include "task.hpp"
#include "tls_peer.hpp"

namespace iostls {
namespace test {
namespace {

constexpr const char* all_ciphers = "ALL:@SECLEVEL=0";

// A peer that authenticates nobody, itself included.
peer_options nobody(bool server) {
  peer_options o;
  o.server = server;
  o.max_version = TLS1_2_VERSION;
  o.server_name = "localhost";
  o.tune = [](SSL_CTX* ctx) {
    SSL_CTX_set_cipher_list(ctx, "aNULL:@SECLEVEL=0");
    SSL_CTX_set_dh_auto(ctx, 1);
  };
  return o;
}

struct outcome {
  std::error_code failed;
  std::string what;
  connection_info info;
};

// What a stream makes of that peer, and whether it has let it know anything.
template <class Stream>
outcome meet(const ssl_context& context) {
  descriptor_pair pair = socket_pair();
  std::string told;
  task peer([&] {
    tls_peer p(std::move(pair.a), nobody(std::is_same<Stream, ssl_client_stream>::value));
    if (p.handshake()) told = p.read_to_end();
  });
  outcome result;
  {
    Stream s(pair.b.release(), context);
    if (!(s << "secret" << std::flush)) {
      result.failed = s.error();
      result.what = s.last_error()->what();
    } else {
      result.info = s.info();
    }
    s.close();
  }
  peer.join();
  EXPECT_EQ(told, result.failed ? "" : "secret");
  return result;
}

TEST(anonymous_server, is_refused_by_a_client_that_verifies) {
  context_options o = client_options();
  o.ciphers = all_ciphers;
  const outcome r = meet<ssl_client_stream>(ssl_context::client(o));
  EXPECT_EQ(r.failed, ssl_errc::certificate_rejected) << r.what;
  EXPECT_NE(r.what.find("no certificate"), std::string::npos) << r.what;
}

TEST(anonymous_server, is_refused_by_a_client_that_has_nothing_but_a_key) {
  context_options o;
  o.ciphers = all_ciphers;
  o.psk = pre_shared_key{"sensor", std::string(32, 'k')};
  EXPECT_TRUE(meet<ssl_client_stream>(ssl_context::client(o)).failed);
}

TEST(anonymous_server, is_told_by_a_client_that_goes_on) {
  for (const verify_mode mode : {verify_mode::optional, verify_mode::none}) {
    context_options o = client_options();
    o.ciphers = all_ciphers;
    o.verify = mode;
    const outcome r = meet<ssl_client_stream>(ssl_context::client(o));
    EXPECT_FALSE(r.failed) << r.what;
    EXPECT_FALSE(r.info.verified);
  }
}

TEST(anonymous_client, is_refused_by_a_server_that_wants_to_know_its_clients) {
  context_options o = server_options();
  o.ciphers = all_ciphers;
  o.verify = verify_mode::required;
  o.ca_certificates = pem_text(test_authority().certificate());
  EXPECT_TRUE(meet<ssl_server_stream>(ssl_context::server(o)).failed);
}

}  // namespace
}  // namespace test
}  // namespace iostls
