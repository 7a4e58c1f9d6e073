// SPDX-License-Identifier: Apache-2.0
#include "negotiation/message_text.hpp"

#include <array>
#include <cstddef>
#include <cstdio>

#include <openssl/ssl.h>

#include "base/message_reader.hpp"
#include "negotiation/extension_text.hpp"
#include "negotiation/message_names.hpp"

namespace iostls {
namespace detail {
namespace {

using std::to_string;

// "UNKNOWN (12)".
std::string numbered(const std::string& name, std::size_t number) {
  return name + " (" + to_string(number) + ")";
}

std::string hexadecimal_number(std::size_t number) {
  std::array<char, 24> text{};
  std::snprintf(text.data(), text.size(), "0x%x", static_cast<unsigned>(number));
  return text.data();
}

std::string header_text(bool is_sent, std::string_view bytes) {
  message_reader header(bytes);
  std::size_t type = 0;
  std::size_t version = 0;
  std::size_t length = 0;
  const std::string way = is_sent ? "Sent" : "Received";
  if (!header.number(1, type) || !header.number(2, version) || !header.number(2, length)) {
    return way + " too short message\n";
  }
  return way + " Record\nHeader:\n  Version = " + wire_version_name(version) + " (" +
         hexadecimal_number(version) +
         ")\n  Content Type = " + numbered(content_type_name(type), type) +
         "\n  Length = " + to_string(length) + "\n";
}

std::string inner_type_text(std::string_view bytes) {
  message_reader type_only(bytes);
  std::size_t type = 0;
  if (!type_only.number(1, type)) return {};
  return "  Inner Content Type = " + numbered(content_type_name(type), type) + "\n";
}

std::string cipher_change_text(std::string_view bytes) {
  return bytes == "\1" ? "    change_cipher_spec (1)\n" : "    unknown value\n";
}

std::string alert_text(std::string_view bytes) {
  message_reader both(bytes);
  std::size_t level = 0;
  std::size_t description = 0;
  if (!both.number(1, level) || !both.number(1, description) || !both.at_end()) {
    return "    Illegal Alert Length\n";
  }
  return std::string("    Level=") + SSL_alert_type_string_long(static_cast<int>(level << 8U)) +
         "(" + to_string(level) +
         "), description=" + SSL_alert_desc_string_long(static_cast<int>(description)) + "(" +
         to_string(description) + ")\n";
}

bool length_line(message_reader& from, std::size_t width, const char* name, std::string& text,
                 std::size_t indent = 6) {
  std::string_view bytes;
  if (!from.block(width, bytes)) return false;
  text += std::string(indent, ' ') + name + " (len=" + to_string(bytes.size()) + ")\n";
  return true;
}

// A version, and what has a random and a session identifier after it.
bool hello_begin(message_reader& body, const char* version_name, std::string& text) {
  std::size_t version = 0;
  if (!body.number(2, version)) return false;
  text += "      " + std::string(version_name) + "=" + hexadecimal_number(version) + " (" +
          wire_version_name(version) + ")\n";
  return body.skip(SSL3_RANDOM_SIZE) && length_line(body, 1, "session_id", text);
}

bool compression_methods(message_reader& body, std::string& text) {
  std::string_view methods;
  if (!body.block(1, methods)) return false;
  text += "      compression_methods (len=" + to_string(methods.size()) + ")\n";
  for (const char each : methods)
    text += each == 0 ? "        No Compression (0x00)\n" : "        UNKNOWN\n";
  return true;
}

bool client_hello_fields(SSL* ssl, message_reader& body, std::string& text) {
  std::string_view suites;
  if (!hello_begin(body, "client_version", text) || !body.block(2, suites)) return false;
  text += "      cipher_suites (len=" + to_string(suites.size()) + ")\n";
  std::size_t suite = 0;
  for (message_reader list(suites); list.number(2, suite);) {
    text += "        " + cipher_suite_text(ssl, suite) + "\n";
  }
  return compression_methods(body, text) &&
         extensions_text(body, extension_place::client_hello, text);
}

bool server_hello_fields(SSL* ssl, message_reader& body, std::string& text) {
  std::size_t suite = 0;
  std::size_t method = 0;
  if (!hello_begin(body, "server_version", text) || !body.number(2, suite) ||
      !body.number(1, method)) {
    return false;
  }
  text += "      cipher_suite " + cipher_suite_text(ssl, suite) +
          "\n      compression_method: " + (method == 0 ? "No Compression (0x00)" : "UNKNOWN") +
          "\n";
  return extensions_text(body, extension_place::server_hello, text);
}

bool certificate_list_fields(message_reader& body, bool is_1_3, std::string& text) {
  if (is_1_3 && !length_line(body, 1, "context", text)) return false;
  std::string_view list;
  if (!body.block(3, list)) return false;
  text += "      certificate_list, length=" + to_string(list.size()) + "\n";
  for (message_reader each(list); !each.at_end();) {
    std::string_view certificate;
    if (!each.block(3, certificate)) return false;
    text += "        ASN.1Cert, length=" + to_string(certificate.size()) + "\n";
    if (is_1_3 && !extensions_text(each, extension_place::certificate, text)) return false;
  }
  return true;
}

bool certificate_verify_fields(message_reader& body, std::string& text) {
  std::size_t scheme = 0;
  if (!body.number(2, scheme)) return false;
  text += "      Signature Algorithm: " + signature_text(scheme) + "\n";
  return length_line(body, 2, "Signature", text);
}

bool session_ticket_fields(message_reader& body, bool is_1_3, std::string& text) {
  std::size_t lifetime = 0;
  if (!body.number(4, lifetime)) return false;
  text += "        ticket_lifetime_hint=" + to_string(lifetime) + "\n";
  if (!is_1_3) return length_line(body, 2, "ticket", text, 8);
  return body.skip(4) && length_line(body, 1, "ticket_nonce", text, 8) &&
         length_line(body, 2, "ticket", text, 8) &&
         extensions_text(body, extension_place::session_ticket, text);
}

bool key_update_fields(message_reader& body, std::string& text) {
  std::size_t request = 0;
  if (!body.number(1, request)) return false;
  text += request == 0   ? "      update_not_requested (0)\n"
          : request == 1 ? "      update_requested (1)\n"
                         : "      UNKNOWN (" + to_string(request) + ")\n";
  return true;
}

// What is not read here is shown by its length alone.
bool handshake_body(SSL* ssl, std::size_t type, bool is_1_3, message_reader& body,
                    std::string& text) {
  switch (type) {
    case SSL3_MT_CLIENT_HELLO:
      return client_hello_fields(ssl, body, text);
    case SSL3_MT_SERVER_HELLO:
      return server_hello_fields(ssl, body, text);
    case SSL3_MT_ENCRYPTED_EXTENSIONS:
      return extensions_text(body, extension_place::encrypted, text);
    case SSL3_MT_CERTIFICATE:
      return certificate_list_fields(body, is_1_3, text);
    case SSL3_MT_CERTIFICATE_VERIFY:
      return certificate_verify_fields(body, text);
    case SSL3_MT_NEWSESSION_TICKET:
      return session_ticket_fields(body, is_1_3, text);
    case SSL3_MT_KEY_UPDATE:
      return key_update_fields(body, text);
    default:
      return true;
  }
}

std::string handshake_text(SSL* ssl, int version, std::string_view bytes) {
  message_reader message(bytes);
  std::size_t type = 0;
  std::string_view content;
  if (!message.number(1, type) || !message.block(3, content)) {
    return "    Message length parse error!\n";
  }
  std::string text =
      "    " + handshake_type_name(type) + ", Length=" + to_string(content.size()) + "\n";
  message_reader body(content);
  if (!handshake_body(ssl, type, version == TLS1_3_VERSION, body, text)) {
    text += "    Message length parse error!\n";
  }
  return text;
}

}  // namespace

std::string message_text(SSL* ssl, bool is_sent, int version, int kind, std::string_view bytes) {
  switch (kind) {
    case SSL3_RT_HEADER:
      return header_text(is_sent, bytes);
    case SSL3_RT_INNER_CONTENT_TYPE:
      return inner_type_text(bytes);
    case SSL3_RT_CHANGE_CIPHER_SPEC:
      return cipher_change_text(bytes) + "\n";
    case SSL3_RT_ALERT:
      return alert_text(bytes) + "\n";
    case SSL3_RT_HANDSHAKE:
      return handshake_text(ssl, version, bytes) + "\n";
    default:
      return {};
  }
}

}  // namespace detail
}  // namespace iostls
