// SPDX-License-Identifier: Apache-2.0
/// \file
/// Choosing a context or a certificate by what a client asks for, or refusing the client.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <iostls/credential_source.hpp>
#include <iostls/export.hpp>
#include <iostls/tls_alert.hpp>

namespace iostls {

class ssl_context;

namespace detail {
class context_state;
class ready_credential;
}  // namespace detail

/// The first message of a handshake (ClientHello, RFC 8446, 4.1.2), before the server has answered.
/// Nothing in it has been proved. The numbers are those of IANA's registries, in the client's order; many
/// clients send some that mean nothing (GREASE, RFC 8701).
struct client_hello {
  /// The host that is asked for (SNI), as it was sent; empty if none. At most 255 characters of ASCII,
  /// without spaces and control characters: other names are refused before (unrecognized_name).
  std::string server_name;
  std::vector<std::string> alpn;  ///< the application protocols that are offered; of any bytes
  /// Protocol versions, 0x0304 is TLS 1.3 (supported_versions). A client that sends no such list knows
  /// TLS 1.2 at most: then the one number is the latest version that it knows.
  std::vector<std::uint16_t> versions;
  std::vector<std::uint16_t> cipher_suites;         ///< 0x1301 is TLS_AES_128_GCM_SHA256
  std::vector<std::uint16_t> groups;                ///< 0x001d is x25519 (supported_groups)
  std::vector<std::uint16_t> signature_algorithms;  ///< 0x0403 is ecdsa_secp256r1_sha256
  /// The whole message, its type and length first, without the headers of its records: for fingerprints,
  /// and for extensions that have no member here.
  std::string raw;
  std::string peer_address;   ///< as `ssl_stream::peer_address()`; empty if there is none
  std::string local_address;  ///< as `ssl_stream::local_address()`
};

/// A certificate with its key, read once and ready to be served. Copies share it; all threads may use it at
/// once.
class IOSTLS_EXPORT server_credential {
 public:
  /// Reads the files. Throws `ssl_error` (`bad_credentials`) as `ssl_context::server` does. The issuer of
  /// an `ocsp_response` has to be among the certificates.
  explicit server_credential(const credential_source& source);
  /// There is no empty one: one that was moved from is a copy.
  server_credential(const server_credential&) = default;
  server_credential& operator=(const server_credential&) = default;
  ~server_credential() = default;

  /// For the library itself.
  const std::shared_ptr<const detail::ready_credential>& ready() const noexcept { return ready_; }

 private:
  std::shared_ptr<const detail::ready_credential> ready_;
};

/// What becomes of a client: it is served by the stream's own context, by another one, with certificates
/// that are chosen here, or it is refused.
class IOSTLS_EXPORT client_hello_answer {
 public:
  /// The handshake goes on with the stream's context, as without `on_client_hello`.
  client_hello_answer() = default;

  /// It goes on with this context, which has to be a server's. The connection is then the same as one that
  /// was made of this context and of the stream's own `connection_options`: certificates, `verify`,
  /// trust, versions, ciphers, `alpn`, limits, tickets and `on_handshake` are those of this context. Its
  /// `on_client_hello` is not called. `handshake_timeout` does not begin anew.
  client_hello_answer(const ssl_context& context);  // NOLINT: meant to be implicit

  /// It goes on with this certificate in the place of the context's.
  client_hello_answer(const server_credential& credential);  // NOLINT: meant to be implicit

  /// The same with several, of which the first of each type of key counts (RSA and ECDSA): the client gets
  /// what it supports. Throws `ssl_error` (`bad_configuration`) if there are none.
  client_hello_answer(std::vector<server_credential> credentials);  // NOLINT: meant to be implicit

  /// Another context, and these certificates in the place of its own.
  client_hello_answer(const ssl_context& context, std::vector<server_credential> credentials);

  /// The client is refused with this alert. The stream's error, `handshake_failed`, has the reason, which
  /// the client does not learn: its first 256 characters, with what is not plain ASCII escaped ("\x0a").
  /// Throws `ssl_error` (`bad_configuration`) for the three alerts that do not end a handshake:
  /// close_notify, user_canceled and no_renegotiation.
  client_hello_answer(tls_alert refusal,  // NOLINT: meant to be implicit
                      std::string reason = {});

  /// For the library itself.
  const std::shared_ptr<const detail::context_state>& context() const noexcept { return context_; }
  const std::vector<server_credential>& credentials() const noexcept { return credentials_; }
  bool is_refusal() const noexcept { return is_refusal_; }
  tls_alert alert() const noexcept { return alert_; }
  const std::string& reason() const noexcept { return reason_; }

 private:
  std::shared_ptr<const detail::context_state> context_;
  std::vector<server_credential> credentials_;
  bool is_refusal_ = false;
  tls_alert alert_ = tls_alert::handshake_failure;
  std::string reason_;
};

/// \code
///   options.on_client_hello = [=](const client_hello& hello) -> client_hello_answer {
///     if (lower_case(hello.server_name) == "admin.example.org") return admin_context;
///     if (is_blocked(hello.peer_address)) return {tls_alert::access_denied, "blocked"};
///     return {};
///   };
/// \endcode
using client_hello_function = std::function<client_hello_answer(const client_hello&)>;

}  // namespace iostls
