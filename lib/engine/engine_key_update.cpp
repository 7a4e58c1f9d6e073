// SPDX-License-Identifier: Apache-2.0
// Updating the keys of the output (TLS 1.3).
#include <cerrno>
#include <string>

#include "engine/engine.hpp"
#include "engine/operation_guard.hpp"
#include "openssl/error.hpp"

namespace iostls {
namespace detail {
namespace {

constexpr const char* updating = "update_keys";

}  // namespace

// A failure of the output is none of these refusals: `update_keys` reports it.
void engine::require_key_update() {
  const operation_guard v(*this, updating);
  if (!state_.output_error) check_key_update();
}

// Before a failure of the handshake or of the output, which are reported as such.
void engine::check_key_update() const {
  check_output();
  if (!state_.handshake_done) {
    throw detail::make_error(system_code(ENOTCONN), updating,
                             "there are no keys before the handshake; call do_handshake() first");
  }
  if (SSL_version(ssl_.get()) >= TLS1_3_VERSION) return;
  throw detail::make_error(system_code(ENOTSUP), updating,
                           std::string(SSL_get_version(ssl_.get())) +
                               " has no key update; open a new connection, or require TLS 1.3 by "
                               "the option method");
}

void engine::update_keys(operation_guard& v, key_update_request peer) {
  begin_step(v, updating);
  check_key_update();
  complete_peers_message(v.held(), limits_.write_deadline(), updating);
  check_key_update();
  const int type = peer == key_update_request::requested ? SSL_KEY_UPDATE_REQUESTED
                                                         : SSL_KEY_UPDATE_NOT_REQUESTED;
  SSL* const ssl = ssl_.get();
  const outcome came =
      ask(v.held(), [&] { return SSL_key_update(ssl, type) == 1 ? SSL_do_handshake(ssl) : -1; });
  check(updating);
  if (came != outcome::done) fail(updating);
}

}  // namespace detail
}  // namespace iostls
