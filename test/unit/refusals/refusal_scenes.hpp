// SPDX-License-Identifier: Apache-2.0
// Connections in which something is refused.
#pragma once

#include <chrono>
#include <string>
#include <utility>

#include <sys/socket.h>

#include <iostls/iostls.hpp>

#include "descriptor.hpp"
#include "fixture.hpp"
#include "task.hpp"
#include "tls_peer.hpp"

namespace iostls {
namespace test {

// The error of a stream that does its handshake and waits for an answer: a server of TLS 1.3 refuses a
// client only after the handshake.
inline std::string failure_of(ssl_stream& s) {
  s.get();
  const ssl_error* const last = s.last_error();
  return last != nullptr ? last->what() : "nothing was refused";
}

inline context_options hasty(context_options o) {
  o.close_timeout = std::chrono::milliseconds(0);
  return o;
}

inline context_options owning(context_options o, const issued& credential) {
  o.certificate = pem_text(credential.certificate);
  o.key = pem_text(credential.key);
  return o;
}

// A peer on plain OpenSSL, which reads what comes, and leaves without a word.
inline std::string refusal_beside(const peer_options& peer, role r, const context_options& own) {
  descriptor_pair pair = tcp_pair();
  task beside([&] {
    tls_peer p(std::move(pair.a), peer);
    if (p.handshake()) p.read_some();
  });
  const auto s = make_stream(r, std::move(pair.b), hasty(own));
  std::string text = failure_of(*s);
  s->close();
  return text;
}

// A client of iostls that meets such a server, and the other way round.
inline std::string client_refusal(const peer_options& server, const context_options& own) {
  return refusal_beside(server, role::client, own);
}
inline std::string server_refusal(const peer_options& client, const context_options& own) {
  return refusal_beside(client, role::server, own);
}

// A peer that sends these bytes, and then stays, or leaves.
inline std::string refusal_of_bytes(role r, const std::string& bytes, bool leaves,
                                    context_options own) {
  descriptor_pair pair = tcp_pair();
  if (!bytes.empty()) write_raw(pair.a.get(), bytes);
  if (leaves) {
    ::shutdown(pair.a.get(), SHUT_WR);
  } else {
    own.handshake_timeout = std::chrono::milliseconds(100);
  }
  const auto s = make_stream(r, std::move(pair.b), hasty(std::move(own)));
  return failure_of(*s);
}

}  // namespace test
}  // namespace iostls
