// SPDX-License-Identifier: Apache-2.0
// How many of the keys and tickets that a client offers in one handshake a server looks at.
#pragma once

#include <openssl/ssl.h>

namespace iostls {
namespace detail {

// What knows whether a handshake still has time.
class handshake_watch {
 public:
  handshake_watch() = default;
  handshake_watch(const handshake_watch&) = delete;
  handshake_watch& operator=(const handshake_watch&) = delete;
  // Called on the thread of the handshake.
  virtual bool is_too_late() const noexcept = 0;

 protected:
  ~handshake_watch() = default;
};

// For a fresh connection of a server; `watch` has to outlive its handshake.
void watch_handshake(SSL* ssl, const handshake_watch& watch);

// What becomes of a key or a ticket: a client of TLS 1.3 may offer thousands (RFC 8446, 4.2.11), and OpenSSL
// asks for one after the other, without any proof that the client has them.
enum class offer_verdict { looked_at, passed_over, given_up };
// To be called before each is looked at. `given_up`: the handshake has to fail, since it is too late.
offer_verdict next_offer(SSL* ssl);

bool is_given_up(const SSL* ssl) noexcept;

}  // namespace detail
}  // namespace iostls
