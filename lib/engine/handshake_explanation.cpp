// SPDX-License-Identifier: Apache-2.0
#include "engine/handshake_explanation.hpp"

#include <algorithm>

#include <openssl/err.h>

#include <iostls/ssl_error.hpp>

#include "base/escape.hpp"
#include "engine/alert_explanation.hpp"
#include "negotiation/encrypted_client_hello.hpp"
#include "negotiation/version_names.hpp"
#include "openssl/end_of_input.hpp"

namespace iostls {
namespace detail {
namespace {

std::string peer_of(const SSL* ssl) {
  return SSL_is_server(ssl) != 0 ? "the client" : "the server";
}

unsigned at(std::string_view bytes, std::size_t index) noexcept {
  return index < bytes.size() ? static_cast<unsigned char>(bytes[index]) : 0U;
}

// A TLS record, or its first bytes; or the hello of SSL 2.0, in which old programs offer TLS.
bool may_be_tls(std::string_view first) noexcept {
  const bool is_record = at(first, 0) >= SSL3_RT_CHANGE_CIPHER_SPEC &&
                         at(first, 0) <= SSL3_RT_APPLICATION_DATA &&
                         (first.size() == 1 || at(first, 1) == SSL3_VERSION_MAJOR);
  const bool is_old_hello = (at(first, 0) & 0x80U) != 0 && at(first, 2) == SSL2_MT_CLIENT_HELLO;
  return is_record || is_old_hello;
}

bool greets_with(std::string_view text, std::string_view start) noexcept {
  return text.substr(0, start.size()) == start;
}

// The greetings of servers that begin TLS only after a command: SMTP and FTP, IMAP, POP3.
bool greets_in_plain_text(std::string_view first) noexcept {
  return greets_with(first, "220") || greets_with(first, "* OK") || greets_with(first, "+OK");
}

std::string other_protocol_words(const SSL* ssl, std::string_view first) {
  const std::string_view line = first.substr(0, first.find_first_of("\r\n"));
  std::string text = peer_of(ssl) + " does not speak TLS: it sent \"" +
                     escaped_text(std::string(line.empty() ? first : line)) + '"';
  if (SSL_is_server(ssl) == 0 && greets_in_plain_text(first)) {
    text += "; does this port want STARTTLS?";
  }
  return text;
}

std::string end_words(const SSL* ssl, std::string_view first) {
  return peer_of(ssl) + " closed the connection during the handshake" +
         (first.empty() ? ", before it sent anything" : "");
}

// On a server: the cipher suites that the client has offered.
std::string offered_ciphers(const SSL* ssl) {
  constexpr int most = 6;
  const STACK_OF(SSL_CIPHER)* const all = SSL_get_client_ciphers(ssl);
  const int count = all != nullptr ? sk_SSL_CIPHER_num(all) : 0;
  std::string text;
  for (int i = 0; i < std::min(count, most); ++i) {
    text += (i == 0 ? "; the client offers " : ", ");
    text += SSL_CIPHER_get_name(sk_SSL_CIPHER_value(all, i));
  }
  if (count > most) text += " and " + std::to_string(count - most) + " more";
  return text;
}

std::string version_names(SSL* ssl) {
  std::string text = "no common protocol version; " + offered_versions(ssl);
  if (SSL_is_server(ssl) == 0) return text;
  const int theirs = SSL_client_version(ssl);
  return theirs == 0 || theirs >= TLS1_2_VERSION
             ? text
             : text + ", the client only " + version_text(theirs);
}

std::string reason_words(SSL* ssl, int reason) {
  switch (reason) {
    case SSL_R_UNSUPPORTED_PROTOCOL:
    case SSL_R_VERSION_TOO_LOW:
    case SSL_R_VERSION_TOO_HIGH:
    case SSL_R_WRONG_SSL_VERSION:
      return version_names(ssl);
    case SSL_R_NO_SHARED_CIPHER:
      return "no common cipher suite that suits our certificate's key; see the options ciphers and "
             "ciphersuites" +
             offered_ciphers(ssl);
    case SSL_R_NO_SUITABLE_KEY_SHARE:
    case SSL_R_NO_SUITABLE_GROUPS:
#ifdef SSL_R_NO_SHARED_GROUPS
    case SSL_R_NO_SHARED_GROUPS:
#endif
      return "no common group for the key exchange; see the option groups";
    case SSL_R_NO_SHARED_SIGNATURE_ALGORITHMS:
    case SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM:
      return "no common signature algorithm that suits our certificate's key; see the option "
             "signature_algorithms";
    case SSL_R_NO_APPLICATION_PROTOCOL:
      return peer_of(ssl) + " offers none of the protocols in alpn";
    case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE:
      return peer_of(ssl) + " has sent no certificate, and \"verify\" requires one";
    case SSL_R_EXCESSIVE_MESSAGE_SIZE:
      return peer_of(ssl) +
             " sends more than is allowed; for certificates, the limit is "
             "max_certificate_chain";
    case SSL_R_UNSAFE_LEGACY_RENEGOTIATION_DISABLED:
      return peer_of(ssl) + " does not know secure renegotiation (RFC 5746)";
    case SSL_R_DH_KEY_TOO_SMALL:
      return peer_of(ssl) + " uses a Diffie-Hellman group that is too small";
#ifdef SSL_R_ECH_REQUIRED
    case SSL_R_ECH_REQUIRED:
      return ech_rejection_words(ssl);
#endif
    default:
      return {};
  }
}

}  // namespace

std::string failure_words(SSL* ssl, std::error_code kind, std::string_view first,
                          bool handshake_done) {
  const unsigned long code = ERR_peek_last_error();
  const int reason = ERR_GET_LIB(code) == ERR_LIB_SSL ? ERR_GET_REASON(code) : 0;
  if (kind == ssl_errc::alert_received)
    return alert_explanation(ssl, reason - SSL_AD_REASON_OFFSET, handshake_done);
  if (handshake_done) return {};
  if (kind == ssl_errc::timed_out) {
    return first.empty() ? peer_of(ssl) + " has sent nothing"
                         : peer_of(ssl) + " has begun the handshake, and not completed it in time";
  }
  const bool is_about_input =
      kind == ssl_errc::protocol_error || kind == ssl_errc::handshake_failed;
  if (is_about_input && !first.empty() && !may_be_tls(first))
    return other_protocol_words(ssl, first);
  if (code == 0 || is_truncated_end(code)) {
    return kind == ssl_errc::handshake_failed ? end_words(ssl, first) : std::string();
  }
  return reason_words(ssl, reason);
}

}  // namespace detail
}  // namespace iostls
