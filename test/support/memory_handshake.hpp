// SPDX-License-Identifier: Apache-2.0
// Two connections of iostls contexts that do a handshake in memory, without streams: for tests of what
// options make of OpenSSL's objects.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <iostls/ssl_context.hpp>

#include "context/connection_options.hpp"
#include "context/context.hpp"
#include "openssl/openssl_ptr.hpp"

namespace iostls {
namespace test {

using session_ptr = detail::openssl_ptr<SSL_SESSION, SSL_SESSION_free>;

// A connection as streams make it: the context, then the connection's own options.
inline detail::ssl_ptr make_connection(const detail::context_state& state,
                                       const connection_options& own = {}) {
  detail::ssl_ptr ssl(SSL_new(state.get()));
  detail::apply_connection_options(ssl.get(), state.is_server(), state.options(), own);
  return ssl;
}
inline detail::ssl_ptr make_connection(const ssl_context& context,
                                       const connection_options& own = {}) {
  return make_connection(*context.state(), own);
}

class memory_handshake {
 public:
  memory_handshake(const ssl_context& server, const ssl_context& client,
                   const connection_options& server_own = {},
                   const connection_options& client_own = {})
      : memory_handshake(make_connection(server, server_own), make_connection(client, client_own)) {
  }

  memory_handshake(detail::ssl_ptr server, detail::ssl_ptr client)
      : server_{std::move(server)}, client_{std::move(client)} {
    BIO* at_server = nullptr;
    BIO* at_client = nullptr;
    BIO_new_bio_pair(&at_server, 0, &at_client, 0);
    SSL_set_bio(server_.ssl.get(), at_server, at_server);
    SSL_set_bio(client_.ssl.get(), at_client, at_client);
    SSL_set_accept_state(server_.ssl.get());
    SSL_set_connect_state(client_.ssl.get());
  }

  // True if both ends are through. The client has then read the session tickets.
  bool run() {
    for (int round = 0; round < 20; ++round) {
      advance(client_);
      advance(server_);
    }
    return client_.done && server_.done;
  }

  SSL* server() const { return server_.ssl.get(); }
  SSL* client() const { return client_.ssl.get(); }

  // SSL_R_...: why an end has failed; 0 if it has not. An alert is SSL_AD_REASON_OFFSET + number.
  int server_failure() const { return server_.failure; }
  int client_failure() const { return client_.failure; }

  // X509_V_...: what the client thinks of the server's certificate, and the other way round.
  long client_verdict() const { return SSL_get_verify_result(client()); }
  long server_verdict() const { return SSL_get_verify_result(server()); }

  session_ptr session() const { return session_ptr(SSL_get1_session(client())); }

 private:
  struct end {
    detail::ssl_ptr ssl;
    bool done = false;
    int failure = 0;
  };

  static void advance(end& e) {
    if (e.failure != 0) return;
    ERR_clear_error();
    char byte = 0;
    const int result = e.done ? SSL_read(e.ssl.get(), &byte, 1) : SSL_do_handshake(e.ssl.get());
    const int error = SSL_get_error(e.ssl.get(), result);
    if (result == 1) e.done = true;
    if (error == SSL_ERROR_SSL) {
      e.failure = ERR_GET_REASON(ERR_peek_error());
      e.done = false;
    }
    ERR_clear_error();
  }

  end server_, client_;
};

}  // namespace test
}  // namespace iostls
