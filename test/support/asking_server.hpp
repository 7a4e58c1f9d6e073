// SPDX-License-Identifier: Apache-2.0
// A server on plain OpenSSL that asks for the client's certificate when the handshake is done, as Apache does for
// one folder: after the handshake of TLS 1.3, by renegotiating in TLS 1.2.
#pragma once

#include <functional>
#include <istream>
#include <ostream>
#include <string>
#include <utility>

#include <gtest/gtest.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include "descriptor.hpp"
#include "fixture.hpp"
#include "tls_peer.hpp"

namespace iostls {
namespace test {

// Of a server that wants full handshakes when it renegotiates.
inline void allow_renegotiation(SSL_CTX* ctx) {
  SSL_CTX_clear_options(ctx, SSL_OP_NO_RENEGOTIATION);
  SSL_CTX_set_options(ctx, SSL_OP_NO_SESSION_RESUMPTION_ON_RENEGOTIATION);
}

inline peer_options asking_peer(tls_version version) {
  peer_options o = server_peer(version);
  o.ca = test_authority().certificate();
  o.tune = allow_renegotiation;
  if (version == tls_version::tls1_3) {
    o.tune = [](SSL_CTX* ctx) {
      SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | SSL_VERIFY_POST_HANDSHAKE, nullptr);
    };
  }
  return o;
}

// Answers a line after asking for a certificate a number of times, then answers another line.
class asking_server {
 public:
  using preparation = std::function<void(SSL*)>;

  asking_server(descriptor fd, const peer_options& options, int times = 1)
      : peer_(std::move(fd), options), times_(times) {}

  // Called before it asks.
  void prepare(preparation p) { preparation_ = std::move(p); }

  void run() {
    EXPECT_TRUE(peer_.handshake()) << peer_.error();
    EXPECT_EQ(peer_.read_line(), "a request");
    if (preparation_) preparation_(peer_.ssl());
    while (done_ != times_ && ask() && is_answered()) ++done_;
    peer_.write("first\n");
    peer_.read_line();
    peer_.write("second\n");
    peer_.read_to_end();
    peer_.close_notify();
    peer_.half_close();
  }

  // How often it has asked and the client has answered, with or without a certificate.
  int done() const { return done_; }
  bool has_certificate() const { return has_certificate_; }
  const std::string& refusal() const { return refusal_; }

 private:
  bool is_renegotiating() const { return SSL_version(peer_.ssl()) < TLS1_3_VERSION; }

  bool ask() {
    SSL* const ssl = peer_.ssl();
    if (is_renegotiating()) {
      SSL_set_verify(ssl, SSL_VERIFY_PEER, nullptr);
      if (SSL_renegotiate(ssl) != 1) return false;
    } else if (SSL_verify_client_post_handshake(ssl) != 1) {
      return false;
    }
    return SSL_do_handshake(ssl) == 1;
  }

  // Waits before it sends anything else. Without the mode, a message that is no data ends a read.
  bool is_answered() {
    SSL* const ssl = peer_.ssl();
    SSL_clear_mode(ssl, SSL_MODE_AUTO_RETRY);
    char byte = 0;
    ERR_clear_error();
    EXPECT_LE(SSL_peek(ssl, &byte, 1), 0);
    if (const char* const why = ERR_reason_error_string(ERR_peek_last_error())) refusal_ = why;
    SSL_set_mode(ssl, SSL_MODE_AUTO_RETRY);
    X509* const shown = SSL_get1_peer_certificate(ssl);
    has_certificate_ = shown != nullptr;
    X509_free(shown);
    if (is_renegotiating() && SSL_num_renegotiations(ssl) != done_ + 1) return false;
    return SSL_in_init(ssl) == 0;
  }

  tls_peer peer_;
  const int times_;
  preparation preparation_;
  int done_ = 0;
  bool has_certificate_ = false;
  std::string refusal_;
};

// What a client does with it: true if both answers came.
inline bool talk_to_asking_server(std::istream& in, std::ostream& out) {
  std::string first, second;
  out << "a request\n" << std::flush;
  if (!getline(in, first)) return false;
  out << "another\n" << std::flush;
  return getline(in, second) && first == "first" && second == "second";
}

}  // namespace test
}  // namespace iostls
