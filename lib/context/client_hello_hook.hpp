// SPDX-License-Identifier: Apache-2.0
// Calls the user's function with a client's hello, and does what it returns.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include <openssl/ssl.h>

#include <iostls/client_hello.hpp>
#include <iostls/options.hpp>

#include "credentials/chosen_credentials.hpp"

namespace iostls {
namespace detail {

class context_state;

// A connection whose client is asked about, and what has come of it.
class hello_connection {
 public:
  hello_connection() = default;
  hello_connection(const hello_connection&) = delete;
  hello_connection& operator=(const hello_connection&) = delete;

  // Of the client's first message, what OpenSSL does not give. False if the message came in so many
  // records that it was not kept.
  virtual bool complete(client_hello& hello) const = 0;
  // Makes ready for the connection to become one of another context.
  virtual void prepare(const std::shared_ptr<const context_state>& context,
                       credential_list credentials) = 0;
  // There is an answer, and the connection stays one of its context: its input need not be read again.
  virtual void stay() noexcept = 0;

  // What is compared later of what the function was asked about; none if it was not asked.
  const std::optional<client_hello>& seen() const noexcept { return seen_; }
  void set_seen(client_hello hello);

  // Why the client was refused; empty if it was not.
  const std::string& refusal() const noexcept { return refusal_; }
  void set_refusal(std::string words) { refusal_ = std::move(words); }

  // Why the client must be refused although OpenSSL has found nothing, after the handshake: the function was not
  // asked, or about something else; empty if there is no reason.
  std::string fault(SSL* ssl) const;

 protected:
  ~hello_connection() = default;

 private:
  std::optional<client_hello> seen_;
  std::string refusal_;
};

// Makes a fresh server's context ask options.on_client_hello, if that is given.
void apply_client_hello_hook(SSL_CTX* ctx, const context_options& options);

bool has_client_hello_hook(const SSL* ssl) noexcept;

// For a connection of such a context; `connection` has to outlive the handshake.
void attach_hello_connection(SSL* ssl, hello_connection& connection);

}  // namespace detail
}  // namespace iostls
