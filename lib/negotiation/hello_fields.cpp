// SPDX-License-Identifier: Apache-2.0
#include "negotiation/hello_fields.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/message_reader.hpp"

namespace iostls {
namespace detail {
namespace {

constexpr std::size_t record_header = 5;
constexpr std::size_t message_header = 4;

// Empty if the hello has no such extension, or nothing in it; a list has at least its length.
std::string_view extension(SSL* ssl, unsigned type) noexcept {
  const unsigned char* data = nullptr;
  std::size_t size = 0;
  if (SSL_client_hello_get0_ext(ssl, type, &data, &size) != 1) return {};
  return {reinterpret_cast<const char*>(data), size};
}

// A block that is all there is.
bool whole_block(std::string_view bytes, std::size_t size_size, std::string_view& block) noexcept {
  message_reader all(bytes);
  return all.block(size_size, block) && all.at_end();
}

bool read_numbers(std::string_view bytes, std::vector<std::uint16_t>& numbers) {
  message_reader list(bytes);
  while (!list.at_end()) {
    std::size_t number = 0;
    if (!list.number(2, number)) return false;
    numbers.push_back(static_cast<std::uint16_t>(number));
  }
  return true;
}

// An extension that is a list of numbers, whose length takes `size_size` bytes.
bool read_list(SSL* ssl, unsigned type, std::size_t size_size,
               std::vector<std::uint16_t>& numbers) {
  const std::string_view bytes = extension(ssl, type);
  std::string_view list;
  if (bytes.empty()) return true;
  return whole_block(bytes, size_size, list) && read_numbers(list, numbers);
}

bool read_protocols(SSL* ssl, std::vector<std::string>& names) {
  const std::string_view bytes = extension(ssl, TLSEXT_TYPE_application_layer_protocol_negotiation);
  std::string_view list;
  if (bytes.empty()) return true;
  if (!whole_block(bytes, 2, list)) return false;
  for (message_reader rest(list); !rest.at_end();) {
    std::string_view name;
    if (!rest.block(1, name) || name.empty()) return false;
    names.emplace_back(name);
  }
  return true;
}

// The form of SSL 2.0, which old clients use. OpenSSL 4 refuses it.
bool has_form_of_ssl2(SSL* ssl) noexcept {
#if OPENSSL_VERSION_NUMBER >= 0x40000000L
  static_cast<void>(ssl);
  return false;
#else
  return SSL_client_hello_isv2(ssl) != 0;
#endif
}

// In the form of SSL 2.0, a suite takes three bytes; those of TLS begin with a zero.
bool read_suites(SSL* ssl, std::vector<std::uint16_t>& suites) {
  const unsigned char* data = nullptr;
  const std::size_t size = SSL_client_hello_get0_ciphers(ssl, &data);
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (!has_form_of_ssl2(ssl)) return read_numbers(bytes, suites);
  for (message_reader list(bytes); !list.at_end();) {
    std::size_t suite = 0;
    if (!list.number(3, suite)) return false;
    if (suite <= 0xffff) suites.push_back(static_cast<std::uint16_t>(suite));
  }
  return true;
}

bool read_versions(SSL* ssl, std::vector<std::uint16_t>& versions) {
  if (!read_list(ssl, TLSEXT_TYPE_supported_versions, 1, versions)) return false;
  if (versions.empty()) {
    versions.push_back(static_cast<std::uint16_t>(SSL_client_hello_get0_legacy_version(ssl)));
  }
  return true;
}

bool is_old_hello(std::string_view received) noexcept {
  return received.size() > 2 && (static_cast<unsigned char>(received[0]) & 0x80U) != 0;
}

bool is_complete(std::string_view message) noexcept {
  message_reader header(message);
  std::size_t type = 0;
  std::string_view body;
  return header.number(1, type) && header.block(3, body);
}

}  // namespace

bool read_server_name(SSL* ssl, std::string& host) {
  host.clear();
  const std::string_view bytes = extension(ssl, TLSEXT_TYPE_server_name);
  if (bytes.empty()) return true;
  std::string_view list;
  std::string_view name;
  std::size_t kind = 0;
  if (!whole_block(bytes, 2, list)) return false;
  message_reader entry(list);
  if (!entry.number(1, kind) || kind != TLSEXT_NAMETYPE_host_name || !entry.block(2, name) ||
      !entry.at_end()) {
    return false;
  }
  host = name;
  return true;
}

bool read_hello(SSL* ssl, client_hello& hello) {
  return read_server_name(ssl, hello.server_name) && read_protocols(ssl, hello.alpn) &&
         read_versions(ssl, hello.versions) && read_suites(ssl, hello.cipher_suites) &&
         read_list(ssl, TLSEXT_TYPE_supported_groups, 2, hello.groups) &&
         read_list(ssl, TLSEXT_TYPE_signature_algorithms, 2, hello.signature_algorithms);
}

std::string first_message(std::string_view received) {
  if (is_old_hello(received)) {
    const std::size_t size = (static_cast<std::size_t>(received[0]) & 0x7fU) << 8U |
                             static_cast<unsigned char>(received[1]);
    return std::string(received.substr(2, size));
  }
  std::string message;
  while (received.size() >= record_header && !is_complete(message)) {
    const std::size_t size = static_cast<std::size_t>(static_cast<unsigned char>(received[3]))
                                 << 8U |
                             static_cast<unsigned char>(received[4]);
    if (received[0] == SSL3_RT_HANDSHAKE) message += received.substr(record_header, size);
    received.remove_prefix((std::min)(record_header + size, received.size()));
  }
  if (is_complete(message)) {
    message_reader after_type(std::string_view(message).substr(1));
    std::string_view body;
    static_cast<void>(after_type.block(3, body));
    message.resize(message_header + body.size());
  }
  return message;
}

}  // namespace detail
}  // namespace iostls
