// SPDX-License-Identifier: Apache-2.0
// Handshakes after the first, which the peer may begin in TLS 1.2 where the options allow it.
#pragma once

#include <string>

#include <openssl/ssl.h>

#include "openssl/openssl_ptr.hpp"

namespace iostls {
namespace detail {

class renegotiation {
 public:
  // At most so many; zero: as many as the flags of the SSL object allow.
  explicit renegotiation(int limit) noexcept : limit_(limit) {}

  // After the first handshake: keeps what stays the same.
  void begin(SSL* ssl);
  // Whether the peer may begin another handshake.
  bool is_possible() const noexcept { return possible_; }
  // After each call of OpenSSL: whether a handshake has been completed that has not been judged, before
  // its data, if the call `has_data`, are delivered. Only handshakes for which a server asks: those
  // that a client begins by itself, which OpenSSL's commands can allow, OpenSSL does not count.
  bool is_to_be_judged(SSL* ssl, bool has_data) noexcept;
  // To be called once that has been judged.
  void has_passed() noexcept;

  // The peer has shown another certificate than in the first handshake, or none.
  bool has_other_certificate(SSL* ssl) const noexcept;
  // The application protocol of the first handshake, which OpenSSL forgets in the next.
  const std::string& protocol() const noexcept { return protocol_; }

 private:
  int limit_;
  int completed_ = 0;
  int judged_ = 0;
  bool possible_ = false;
  x509_ptr certificate_;
  std::string protocol_;
};

}  // namespace detail
}  // namespace iostls
