// SPDX-License-Identifier: Apache-2.0
#include "engine/alert_explanation.hpp"

#include "negotiation/version_names.hpp"
#include "verification/expected_name.hpp"

namespace iostls {
namespace detail {
namespace {

constexpr int ech_required = 121;  // RFC 9849, which OpenSSL knows since version 4.0

bool has_certificate(const SSL* ssl) noexcept { return SSL_get_certificate(ssl) != nullptr; }

// True if a server of TLS 1.2 has requested a client certificate, which it does in the handshake. A
// server of TLS 1.3 sends other alerts.
bool is_asked_in_vain(SSL* ssl) noexcept {
  const unsigned char* kinds = nullptr;
  return SSL_is_server(ssl) == 0 && !has_certificate(ssl) &&
         SSL_get0_certificate_types(ssl, &kinds) > 0;
}

std::string no_agreement(SSL* ssl, const std::string& peer) {
  if (is_asked_in_vain(ssl))
    return peer + " wants a client certificate; see the option certificate";
  std::string text = peer +
                     " accepts nothing of what we offer: compare the options method, ciphers, "
                     "ciphersuites, groups and signature_algorithms with its settings";
  if (SSL_is_server(ssl) == 0 && !has_certificate(ssl))
    text += "; or it wants a client certificate";
  return text;
}

// Where TLS 1.2 renegotiates.
std::string no_other_handshake(const std::string& peer) {
  return peer +
         " wants another handshake, mostly for our certificate, and did not get it: see the "
         "options max_renegotiations and certificate";
}

std::string about_certificate(const SSL* ssl, const std::string& peer, const char* fault) {
  if (has_certificate(ssl)) return peer + ' ' + fault;
  return peer + " wants a client certificate; see the option certificate";
}

// Empty if the alert is about something else.
std::string about_our_credentials(const SSL* ssl, const std::string& peer, int alert) {
  switch (alert) {
    case SSL_AD_BAD_CERTIFICATE:
    case SSL_AD_CERTIFICATE_UNKNOWN:
      return about_certificate(ssl, peer, "does not accept our certificate");
    case SSL_AD_UNSUPPORTED_CERTIFICATE:
      return about_certificate(ssl, peer, "does not accept our certificate's kind or purpose");
    case SSL_AD_CERTIFICATE_REVOKED:
      return peer + " considers our certificate revoked";
    case SSL_AD_CERTIFICATE_EXPIRED:
      return peer + " considers our certificate expired; or its clock is wrong";
    case SSL_AD_UNKNOWN_CA:
      return about_certificate(
          ssl, peer,
          "does not trust our certificate: it does not know the authority, or we "
          "do not send the intermediate certificates");
    case SSL_AD_CERTIFICATE_REQUIRED:
      return peer + " wants a client certificate; see the option certificate";
    case SSL_AD_UNKNOWN_PSK_IDENTITY:
      return peer + " does not know the identity of our pre-shared key";
    case SSL_AD_DECRYPT_ERROR:
      return peer + " considers a signature of ours, or the pre-shared key, wrong";
    case SSL_AD_ACCESS_DENIED:
      return peer + " knows us, and denies access";
    default:
      return {};
  }
}

}  // namespace

std::string alert_explanation(SSL* ssl, int alert, bool handshake_done) {
  const std::string peer = SSL_is_server(ssl) != 0 ? "the client" : "the server";
  switch (alert) {
    case SSL_AD_HANDSHAKE_FAILURE:
      if (handshake_done) return no_other_handshake(peer);
      return no_agreement(ssl, peer);
    case SSL_AD_INSUFFICIENT_SECURITY:
      return no_agreement(ssl, peer);
    case SSL_AD_DECODE_ERROR:
    case SSL_AD_UNEXPECTED_MESSAGE:
    case SSL_AD_ILLEGAL_PARAMETER:
      return peer +
             " does not understand what we have sent, or something in between has changed it";
    case SSL_AD_PROTOCOL_VERSION:
      return "no common protocol version; " + offered_versions(ssl);
    case SSL_AD_INTERNAL_ERROR:
      return peer + " has an internal error; its log may have the reason";
    case SSL_AD_USER_CANCELLED:
      return peer + " has given up";
    case SSL_AD_UNRECOGNIZED_NAME:
      return peer + " does not serve \"" + expected_name(ssl) + "\"";
    case SSL_AD_NO_APPLICATION_PROTOCOL:
      return peer + " speaks none of the protocols in alpn";
    case ech_required:
      if (SSL_is_server(ssl) == 0) return {};
      return peer +
             " wants its hello to be decrypted (Encrypted Client Hello), and we have no key for "
             "that";
    default:
      return about_our_credentials(ssl, peer, alert);
  }
}

}  // namespace detail
}  // namespace iostls
