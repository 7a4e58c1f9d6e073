// SPDX-License-Identifier: Apache-2.0
// Keying material for other protocols, and values that bind these protocols to a connection.
#pragma once

#include <cstddef>
#include <string>

#include <openssl/ssl.h>

namespace iostls {
namespace detail {

// What to export (RFC 8446, 7.5; RFC 5705). In TLS 1.2, the result without a context is
// another one than with an empty context.
struct export_request {
  std::string label;
  bool has_context = false;
  std::string context;
  std::size_t size = 0;
};

// Throws ssl_error (bad_configuration) if no connection could provide it.
void check(const export_request& request);
void check_binding_type(const std::string& type);

// To be called after the handshake, for a checked request. Throws ssl_error:
// std::errc::not_supported if this connection cannot provide it.
std::string exported(SSL* ssl, const export_request& request);
std::string channel_binding(SSL* ssl, const std::string& type);

}  // namespace detail
}  // namespace iostls
