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
  lock& l = v.held();
  const int type = peer == key_update_request::requested ? SSL_KEY_UPDATE_REQUESTED
                                                         : SSL_KEY_UPDATE_NOT_REQUESTED;
  time_point deadline = never;
  for (bool waited = false;; waited = true) {
    check(updating);
    check_key_update();
    if (waited && clock::now() >= deadline) throw make_error(ssl_errc::timed_out, updating);
    const unsigned seen = receiver_.receipts();
    const outcome came = ask(l, [&] { return make_key_update(type); });
    check(updating);
    if (came == outcome::done) return;
    if (came != outcome::wants_input) fail(updating);
    if (!waited) deadline = limits_.write_deadline();
    send_gathered(l, deadline, updating);
    receive(l, seen, deadline, updating);
  }
}

// The peer may be in the middle of a message of its own, such as a ticket: OpenSSL takes the rest of it
// first.
int engine::make_key_update(int type) noexcept {
  SSL* const ssl = ssl_.get();
  if (SSL_in_init(ssl) != 0) {
    const int ret = SSL_do_handshake(ssl);
    if (ret != 1) return ret;
  }
  return SSL_key_update(ssl, type) == 1 ? SSL_do_handshake(ssl) : -1;
}

}  // namespace detail
}  // namespace iostls
