// SPDX-License-Identifier: Apache-2.0
// The client's side of resumption: offers a session to the server, and receives new ones.
#pragma once

#include <string>
#include <vector>

#include <openssl/ssl.h>

#include <iostls/options.hpp>
#include <iostls/ssl_session.hpp>

#include "base/utc_time.hpp"
#include "openssl/openssl_ptr.hpp"

namespace iostls {
namespace detail {

// Of one connection alone: SSL_dup leaves it out.
class client_resumption {
 public:
  // Attaches an object to a client's SSL, which owns it; null for a server's. `base` are the options of its
  // context.
  static client_resumption* attach_to(SSL* ssl, const connection_options& base,
                                      const connection_options& own);

  client_resumption(SSL* ssl, const connection_options& base, const connection_options& own);
  client_resumption(const client_resumption&) = delete;
  client_resumption& operator=(const client_resumption&) = delete;
  ~client_resumption() = default;

  // To be called once, before the handshake: offers the session of the options, or else one of the
  // context's cache, if the certificates that it was made with would be accepted now. `fd` is the
  // connection's descriptor; -1 if it has none.
  void offer(int fd);

  // A session that a later connection may resume, as of now; empty if the server has sent none.
  ssl_session session() const;

  // Called by OpenSSL when a session has arrived.
  void keep(SSL_SESSION* session) noexcept;

 private:
  bool is_acceptable(const ssl_session& session);
  bool resume(const ssl_session& session);
  ssl_session made_of(SSL_SESSION* session) const;
  bool has_been_sent(SSL_SESSION* session) const;

  SSL* const ssl_;
  const verify_mode verify_;
  const std::string server_name_;
  const std::shared_ptr<const std::string> rules_;
  utc_seconds made_ = 0;  // no earlier than the end of a full handshake of the connection
  ssl_session offered_;
  std::string place_;
  long verify_result_ = 0;
};

// Applies session_cache to a fresh context. `previous`, unless null, is a context of the same
// options, whose cache continues to be used.
void apply_client_resumption(SSL_CTX* ctx, bool is_server, const context_options& options,
                             SSL_CTX* previous);

}  // namespace detail
}  // namespace iostls
