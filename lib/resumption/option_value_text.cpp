// SPDX-License-Identifier: Apache-2.0
#include "resumption/option_value_text.hpp"

#include <openssl/evp.h>
#include <openssl/sha.h>

#include "base/length_prefixed.hpp"
#include "openssl/error.hpp"

namespace iostls {
namespace detail {

std::string hash_of(const std::string& text) {
  std::string digest(SHA256_DIGEST_LENGTH, '\0');
  auto* const bytes = reinterpret_cast<unsigned char*>(digest.data());
  if (EVP_Digest(text.data(), text.size(), bytes, nullptr, EVP_sha256(), nullptr) == 1) {
    return digest;
  }
  throw make_error(ssl_errc::bad_configuration, "context", "no SHA-256");
}

std::string value_text(const tls_method& method) {
  return std::to_string(static_cast<int>(method.min)) + ' ' +
         std::to_string(static_cast<int>(method.max));
}

std::string value_text(const std::string& words) { return words; }

std::string value_text(const std::vector<std::string>& list) {
  std::string text;
  for (const std::string& each : list) append_field(text, each);
  return text;
}

// A command may be about clients, too: for example, that they must show a certificate.
std::string value_text(const std::vector<std::pair<std::string, std::string>>& commands) {
  std::string text;
  for (const auto& command : commands) {
    append_field(text, command.first);
    append_field(text, command.second);
  }
  return text;
}

// Tickets record the key that a client has used. A client that was accepted by a function is not
// accepted if there is a fixed key instead.
std::string value_text(const psk_source& psk) {
  if (psk.empty()) return {};
  return psk.value().has_value() ? "psk" : "psk of a function";
}

// A certificate that a function has accepted is not the same as one that OpenSSL has verified.
std::string value_text(const verify_function& function) { return function ? "callback" : ""; }

}  // namespace detail
}  // namespace iostls
