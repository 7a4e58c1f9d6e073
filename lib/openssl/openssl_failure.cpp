// SPDX-License-Identifier: Apache-2.0
#include "openssl/openssl_failure.hpp"

#include <cerrno>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <iostls/ssl_error.hpp>

#include "openssl/end_of_input.hpp"
#include "openssl/error.hpp"

namespace iostls {
namespace detail {
namespace {

// Reasons that mean "this is not TLS, or TLS does not allow it here", as opposed to two peers that
// speak TLS and cannot agree.
bool is_protocol_violation(int reason) noexcept {
  switch (reason) {
    case SSL_R_HTTP_REQUEST:
    case SSL_R_HTTPS_PROXY_REQUEST:
    case SSL_R_WRONG_VERSION_NUMBER:
    case SSL_R_WRONG_SSL_VERSION:
    case SSL_R_BAD_RECORD_TYPE:
    case SSL_R_UNEXPECTED_MESSAGE:
    case SSL_R_UNEXPECTED_RECORD:
    case SSL_R_NOT_ON_RECORD_BOUNDARY:
    case SSL_R_PACKET_LENGTH_TOO_LONG:
    case SSL_R_ENCRYPTED_LENGTH_TOO_LONG:
    case SSL_R_DATA_LENGTH_TOO_LONG:
    case SSL_R_LENGTH_TOO_LONG:
    case SSL_R_LENGTH_TOO_SHORT:
    case SSL_R_LENGTH_MISMATCH:
    case SSL_R_RECORD_LENGTH_MISMATCH:
    case SSL_R_RECORD_TOO_SMALL:
    case SSL_R_BAD_PACKET:
    case SSL_R_BAD_LENGTH:
    case SSL_R_BAD_EXTENSION:
    case SSL_R_BAD_HANDSHAKE_LENGTH:
    case SSL_R_DECRYPTION_FAILED_OR_BAD_RECORD_MAC:
    case SSL_R_DIGEST_CHECK_FAILED:
    case SSL_R_EXTRA_DATA_IN_MESSAGE:
      return true;
    default:
      return false;
  }
}

// The reasons of other libraries have numbers that are also in use here.
std::error_code handshake_kind(unsigned long code) noexcept {
  const int reason = ERR_GET_LIB(code) == ERR_LIB_SSL ? ERR_GET_REASON(code) : 0;
  switch (reason) {
    case SSL_R_CERTIFICATE_VERIFY_FAILED:
    case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE:
    case SSL_R_INVALID_STATUS_RESPONSE:
      return ssl_errc::certificate_rejected;
#ifdef SSL_R_ECH_REQUIRED
    case SSL_R_ECH_REQUIRED:
      return ssl_errc::ech_rejected;
#endif
    default:
      return is_protocol_violation(reason) ? ssl_errc::protocol_error : ssl_errc::handshake_failed;
  }
}

}  // namespace

std::error_code openssl_failure(std::error_code input_error, bool handshake_done) noexcept {
  const unsigned long code = ERR_peek_last_error();
  const int reason = ERR_GET_REASON(code);
  const std::error_code cut = handshake_done ? ssl_errc::truncated : ssl_errc::handshake_failed;
  if (code == 0) return input_error ? input_error : cut;
  if (reason == ERR_R_MALLOC_FAILURE) return system_code(ENOMEM);
  // OpenSSL reports a received alert as this offset plus the alert's number.
  if (ERR_GET_LIB(code) == ERR_LIB_SSL && reason >= SSL_AD_REASON_OFFSET &&
      reason < SSL_AD_REASON_OFFSET + 256) {
    return ssl_errc::alert_received;
  }
  if (is_truncated_end(code)) return cut;
  const std::error_code kind = handshake_kind(code);
  // Certificates are also judged in handshakes that follow the first (TLS 1.2).
  const bool is_first = !handshake_done || kind == ssl_errc::certificate_rejected;
  return is_first ? kind : std::error_code(ssl_errc::protocol_error);
}

}  // namespace detail
}  // namespace iostls
