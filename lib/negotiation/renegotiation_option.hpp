// SPDX-License-Identifier: Apache-2.0
// Whether OpenSSL answers a peer that wants another handshake on the connection (TLS 1.2). Contexts
// forbid it; connections of clients allow it by `max_renegotiations`.
#pragma once

#include <openssl/ssl.h>

namespace iostls {
namespace detail {

inline void forbid_renegotiation(SSL_CTX* ctx) noexcept {
  SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION);
}
inline void forbid_renegotiation(SSL* ssl) noexcept {
  SSL_set_options(ssl, SSL_OP_NO_RENEGOTIATION);
}
inline void allow_renegotiation(SSL* ssl) noexcept {
  SSL_clear_options(ssl, SSL_OP_NO_RENEGOTIATION);
}
inline bool allows_renegotiation(const SSL* ssl) noexcept {
  return SSL_version(ssl) < TLS1_3_VERSION && (SSL_get_options(ssl) & SSL_OP_NO_RENEGOTIATION) == 0;
}

}  // namespace detail
}  // namespace iostls
