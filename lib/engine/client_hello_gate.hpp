// SPDX-License-Identifier: Apache-2.0
// A server's connection that asks a function of the options about its client before it answers.
#pragma once

#include <memory>
#include <string>

#include <iostls/options.hpp>

#include "context/client_hello_hook.hpp"
#include "context/context.hpp"
#include "engine/transport_bio.hpp"
#include "openssl/openssl_ptr.hpp"

namespace iostls {
namespace detail {

class engine;

// If the function chooses another context, a connection of that context takes the place of the first one,
// and reads the hello again. SSL_set_SSL_CTX(3) would leave the verify mode, the options, the versions and
// much else as they were.
class client_hello_gate final : public hello_connection {
 public:
  // The arguments other than `own` must outlive this object.
  client_hello_gate(SSL* ssl, const connection_options& own, transport_bio& bio,
                    const engine& owner);

  bool complete(client_hello& hello) const override;
  void stay() noexcept override { bio_.stop_recording(); }
  void prepare(const std::shared_ptr<const context_state>& context,
               credential_list credentials) override;

  // Puts the connection that was prepared into `before`, and returns its context. The former connection is
  // kept if it `is_shared`: others may still have its handle.
  std::shared_ptr<const context_state> enter(ssl_ptr& before, bool is_shared) noexcept;
  const connection_options& own() const noexcept { return own_; }

 private:
  const connection_options own_;
  transport_bio& bio_;
  const engine& owner_;
  std::shared_ptr<const context_state> context_;
  ssl_ptr fresh_;
  ssl_ptr former_;
};

}  // namespace detail
}  // namespace iostls
