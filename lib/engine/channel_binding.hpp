// SPDX-License-Identifier: Apache-2.0
// Keying material for other protocols, and values that bind them to a connection.
#pragma once

#include <cstddef>
#include <string>

#include <openssl/ssl.h>

namespace iostls {
namespace detail {

// What is to be exported (RFC 8446, 7.5; RFC 5705). In TLS 1.2, no context is another one than an empty
// one.
struct export_request {
  std::string label;
  bool has_context = false;
  std::string context;
  std::size_t size = 0;
};

// Throw ssl_error (bad_configuration) for what no connection could give.
void check(const export_request& request);
void check_binding_type(const std::string& type);

// After a handshake, of what has been checked. Throw ssl_error: std::errc::not_supported for what this
// connection cannot give.
std::string exported(SSL* ssl, const export_request& request);
std::string channel_binding(SSL* ssl, const std::string& type);

}  // namespace detail
}  // namespace iostls
