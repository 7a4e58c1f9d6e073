// SPDX-License-Identifier: Apache-2.0
#include "engine/new_connection.hpp"

#include <cerrno>

#include <openssl/err.h>

#include "context/connection_options.hpp"
#include "openssl/error.hpp"
#include "openssl/error_queue.hpp"
#include "options/effective_options.hpp"

namespace iostls {
namespace detail {

ssl_ptr new_connection(const context_state& context, const connection_options& own) {
  ssl_ptr ssl(SSL_new(context.get()));
  if (!ssl) throw make_error(system_code(ENOMEM), "open");
  apply_connection_options(ssl.get(), context.is_server(), context.options(), own);
  // In OpenSSL 3.2 and later, these functions create the record layers. If memory is too short for
  // that, only the error queue shows it, and SSL_set_bio would crash.
  clear_error_queue();
  if (context.is_server()) {
    SSL_set_accept_state(ssl.get());
  } else {
    SSL_set_connect_state(ssl.get());
  }
  if (ERR_peek_error() != 0) throw make_error(system_code(ENOMEM), "open");
  return ssl;
}

time_limits limits_of(const context_state& context, const connection_options& own) {
  const bool is_server = context.is_server();
  const connection_options& base = context.options();
  return {value_of<&connection_options::handshake_timeout>(is_server, base, own),
          value_of<&connection_options::close_timeout>(is_server, base, own),
          value_of<&connection_options::read_timeout>(is_server, base, own),
          value_of<&connection_options::write_timeout>(is_server, base, own)};
}

}  // namespace detail
}  // namespace iostls
