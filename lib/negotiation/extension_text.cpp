// SPDX-License-Identifier: Apache-2.0
#include "negotiation/extension_text.hpp"

#include <array>
#include <cstdio>
#include <string_view>

#include <openssl/ssl.h>

#include "base/escape.hpp"
#include "negotiation/message_names.hpp"

namespace iostls {
namespace detail {
namespace {

constexpr const char* extension_indent = "          ";
constexpr const char* deeper_indent = "            ";

using line_of = std::string (*)(std::size_t number);

std::string version_line(std::size_t version) {
  return wire_version_name(version) + " (" + std::to_string(version) + ")";
}

std::string group_line(std::size_t group) {
  return named_group_name(group) + " (" + std::to_string(group) + ")";
}

std::string exchange_mode_line(std::size_t mode) {
  const char* const name = mode == 0 ? "psk_ke" : mode == 1 ? "psk_dhe_ke" : "UNKNOWN";
  return name + (" (" + std::to_string(mode) + ")");
}

// A list, whose length takes `list_width` bytes, of numbers, each a line.
bool number_lines(std::string_view bytes, std::size_t list_width, std::size_t width, line_of line,
                  std::string& text) {
  message_reader all(bytes);
  std::string_view list;
  if (!all.block(list_width, list)) return false;
  message_reader rest(list);
  for (std::size_t number = 0; rest.number(width, number);)
    text += extension_indent + line(number) + "\n";
  return rest.at_end();
}

bool protocol_lines(std::string_view bytes, std::string& text) {
  message_reader all(bytes);
  std::string_view list;
  if (!all.block(2, list)) return false;
  for (message_reader rest(list); !rest.at_end();) {
    std::string_view name;
    if (!rest.block(1, name)) return false;
    text += extension_indent + escaped_text(std::string(name)) + "\n";
  }
  return true;
}

// A server's answer is empty.
bool host_line(std::string_view bytes, std::string& text) {
  message_reader all(bytes);
  std::string_view list;
  std::string_view name;
  std::size_t kind = 0;
  if (all.at_end()) return true;
  if (!all.block(2, list)) return false;
  message_reader entry(list);
  if (!entry.number(1, kind) || !entry.block(2, name)) return false;
  text += extension_indent + ("host_name: " + excerpt(std::string(name))) + "\n";
  return true;
}

bool number_line(std::string_view bytes, line_of line, std::string& text) {
  message_reader all(bytes);
  std::size_t number = 0;
  if (!all.number(2, number)) return false;
  text += deeper_indent + line(number) + "\n";
  return true;
}

bool key_share_lines_of(message_reader& from, std::string& text) {
  std::size_t group = 0;
  std::string_view key;
  if (!from.number(2, group)) return false;
  text += deeper_indent + ("NamedGroup: " + group_line(group)) + "\n";
  if (from.at_end()) return true;  // a HelloRetryRequest has only the group
  if (!from.block(2, key)) return false;
  text += deeper_indent + ("key_exchange:  (len=" + std::to_string(key.size()) + ")\n");
  return true;
}

bool key_share_lines(std::string_view bytes, bool are_many, std::string& text) {
  message_reader all(bytes);
  if (!are_many) return key_share_lines_of(all, text);
  std::string_view list;
  if (!all.block(2, list)) return false;
  for (message_reader rest(list); !rest.at_end();) {
    if (!key_share_lines_of(rest, text)) return false;
  }
  return true;
}

// What is not listed here is shown by its length alone.
bool extension_content(std::size_t type, std::string_view bytes, extension_place place,
                       std::string& text) {
  const bool is_offer = place == extension_place::client_hello;
  switch (type) {
    case TLSEXT_TYPE_server_name:
      return host_line(bytes, text);
    case TLSEXT_TYPE_supported_groups:
      return number_lines(bytes, 2, 2, group_line, text);
    case TLSEXT_TYPE_signature_algorithms:
    case TLSEXT_TYPE_signature_algorithms_cert:
      return number_lines(bytes, 2, 2, signature_text, text);
    case TLSEXT_TYPE_application_layer_protocol_negotiation:
      return protocol_lines(bytes, text);
    case TLSEXT_TYPE_supported_versions:
      return is_offer ? number_lines(bytes, 1, 2, version_line, text)
                      : number_line(bytes, version_line, text);
    case TLSEXT_TYPE_psk_kex_modes:
      return number_lines(bytes, 1, 1, exchange_mode_line, text);
    case TLSEXT_TYPE_key_share:
      return key_share_lines(bytes, is_offer, text);
    default:
      return true;
  }
}

}  // namespace

bool extensions_text(message_reader& body, extension_place place, std::string& text) {
  const bool is_inner =
      place == extension_place::certificate || place == extension_place::session_ticket;
  const std::string begin(is_inner ? 8 : 6, ' ');
  std::string_view all;
  if (!body.at_end() && !body.block(2, all)) return false;
  if (all.empty()) {
    text += begin + "No extensions\n";
    return true;
  }
  text += begin + "extensions, length = " + std::to_string(all.size()) + "\n";
  for (message_reader rest(all); !rest.at_end();) {
    std::size_t type = 0;
    std::string_view bytes;
    if (!rest.number(2, type) || !rest.block(2, bytes)) return false;
    text += begin + "  extension_type=" + extension_name(type) + "(" + std::to_string(type) +
            "), length=" + std::to_string(bytes.size()) + "\n";
    if (!extension_content(type, bytes, place, text)) return false;
  }
  return true;
}

std::string cipher_suite_text(SSL* ssl, std::size_t suite) {
  const std::array<unsigned char, 2> bytes{static_cast<unsigned char>(suite >> 8U),
                                           static_cast<unsigned char>(suite & 0xffU)};
  const SSL_CIPHER* const known = SSL_CIPHER_find(ssl, bytes.data());
  const char* const name = known != nullptr ? SSL_CIPHER_standard_name(known) : nullptr;
  std::array<char, 24> code{};
  std::snprintf(code.data(), code.size(), "{0x%02X, 0x%02X} ", static_cast<unsigned>(bytes[0]),
                static_cast<unsigned>(bytes[1]));
  return code.data() + std::string(name != nullptr ? name : "UNKNOWN");
}

std::string signature_text(std::size_t scheme) {
  std::array<char, 24> code{};
  std::snprintf(code.data(), code.size(), " (0x%04x)", static_cast<unsigned>(scheme));
  return signature_scheme_name(scheme) + code.data();
}

}  // namespace detail
}  // namespace iostls
