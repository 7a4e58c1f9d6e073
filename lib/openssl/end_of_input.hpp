// SPDX-License-Identifier: Apache-2.0
// The end of the input without close_notify: whether OpenSSL takes it for an error (`truncated`), or for
// a complete end like that with close_notify, which is SSL_ERROR_ZERO_RETURN (`engine::result_of`).
#pragma once

#include <openssl/err.h>
#include <openssl/ssl.h>

namespace iostls {
namespace detail {

inline void require_close_notify(SSL_CTX* ctx, bool required) noexcept {
  required ? SSL_CTX_clear_options(ctx, SSL_OP_IGNORE_UNEXPECTED_EOF)
           : SSL_CTX_set_options(ctx, SSL_OP_IGNORE_UNEXPECTED_EOF);
}
inline void require_close_notify(SSL* ssl, bool required) noexcept {
  required ? SSL_clear_options(ssl, SSL_OP_IGNORE_UNEXPECTED_EOF)
           : SSL_set_options(ssl, SSL_OP_IGNORE_UNEXPECTED_EOF);
}

// Whether an entry of OpenSSL's error queue is about an end without close_notify.
inline bool is_truncated_end(unsigned long code) noexcept {
  return ERR_GET_LIB(code) == ERR_LIB_SSL &&
         ERR_GET_REASON(code) == SSL_R_UNEXPECTED_EOF_WHILE_READING;
}

}  // namespace detail
}  // namespace iostls
