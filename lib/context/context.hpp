// SPDX-License-Identifier: Apache-2.0
// The shared part of an ssl_context: an SSL_CTX that is set up once and never changed afterwards; a
// reload makes another one (see context_holder.hpp).
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <iostls/options.hpp>

#include "context/counter_block.hpp"
#include "openssl/openssl_ptr.hpp"

namespace iostls {
namespace detail {

class context_state {
 public:
  using command_list = std::vector<std::pair<std::string, std::string>>;

  // Checks and applies every option; throws ssl_error. Sessions of `previous`, a state that was
  // made of the same options, can still be resumed as long as the trust is the same.
  context_state(bool is_server, const context_options& options,
                const context_state* previous = nullptr);

  SSL_CTX* get() const noexcept { return ctx_.get(); }
  bool is_server() const noexcept { return is_server_; }

  // The options that connections start from, as they were given.
  const connection_options& options() const noexcept { return options_; }
  // The openssl_commands of the options.
  const command_list& commands() const noexcept { return commands_; }
  const handshake_function& on_handshake() const noexcept { return on_handshake_; }

  // Shared with the states before and after a reload.
  const std::shared_ptr<counter_block>& counters() const noexcept { return counters_; }

 private:
  ssl_ctx_ptr ctx_;
  bool is_server_;
  connection_options options_;
  command_list commands_;
  handshake_function on_handshake_;
  std::shared_ptr<counter_block> counters_;
};

}  // namespace detail
}  // namespace iostls
