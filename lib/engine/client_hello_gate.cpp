// SPDX-License-Identifier: Apache-2.0
#include "engine/client_hello_gate.hpp"

#include <cerrno>
#include <utility>

#include "engine/engine.hpp"
#include "engine/new_connection.hpp"
#include "negotiation/hello_fields.hpp"
#include "openssl/error.hpp"

namespace iostls {
namespace detail {

client_hello_gate::client_hello_gate(SSL* ssl, const connection_options& own, transport_bio& bio,
                                     const engine& owner)
    : own_(own), bio_(bio), owner_(owner) {
  bio_.start_recording();
  attach_hello_connection(ssl, *this);
}

bool client_hello_gate::complete(client_hello& hello) const {
  if (bio_.has_lost_record()) return false;
  hello.raw = first_message(bio_.recorded());
  hello.peer_address = owner_.peer_address();
  hello.local_address = owner_.local_address();
  return true;
}

void client_hello_gate::prepare(const std::shared_ptr<const context_state>& context,
                                credential_list credentials) {
  ssl_ptr fresh = new_connection(*context, own_);
  if (has_client_hello_hook(fresh.get())) attach_hello_connection(fresh.get(), *this);
  if (!credentials.empty()) choose_credentials(fresh.get(), std::move(credentials));
  bio_.serve(fresh.get(), "handshake");
  bio_.replay();
  context_ = context;
  fresh_ = std::move(fresh);
}

std::shared_ptr<const context_state> client_hello_gate::enter(ssl_ptr& before,
                                                              bool is_shared) noexcept {
  before.swap(fresh_);
  if (is_shared) former_ = std::move(fresh_);
  fresh_.reset();
  return std::move(context_);
}

}  // namespace detail
}  // namespace iostls
