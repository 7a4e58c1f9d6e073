// SPDX-License-Identifier: Apache-2.0
#include "engine/channel_binding.hpp"

#include <algorithm>
#include <array>
#include <cerrno>

#include "base/escape.hpp"
#include "credentials/end_point_digest.hpp"
#include "negotiation/psk.hpp"
#include "openssl/error.hpp"
#include "openssl/error_queue.hpp"
#include "openssl/raw_public_key.hpp"
#include "openssl/ticket_record.hpp"

namespace iostls {
namespace detail {
namespace {

constexpr const char* exporter = "export_keying_material";
constexpr const char* binding = "channel_binding";

// The limits of TLS 1.3's key derivation with SHA-256, of its label, and of TLS 1.2's context.
constexpr std::size_t most_material = 255 * std::size_t{32};
constexpr std::size_t longest_exporter_label = 249;
constexpr std::size_t longest_context = 65535;

[[noreturn]] void refuse_binding(const char* operation, const std::string& why) {
  throw make_error(ssl_errc::bad_configuration, operation, why);
}

[[noreturn]] void lack(const char* operation, const std::string& why) {
  throw make_error(system_code(ENOTSUP), operation, why);
}

bool is_reserved(const std::string& label) {
  static const std::array<const char*, 5> reserved = {"client finished", "server finished",
                                                      "master secret", "extended master secret",
                                                      "key expansion"};
  return std::find(reserved.begin(), reserved.end(), label) != reserved.end();
}

// RFC 9266, 2 and 3.
std::string tls_exporter(SSL* ssl) {
  if (SSL_version(ssl) < TLS1_3_VERSION && SSL_get_extms_support(ssl) != 1) {
    lack(binding, "tls-exporter needs the extended master secret (RFC 7627) in " +
                      std::string(SSL_get_version(ssl)) +
                      ", without which a connection is not unique; use TLS 1.3");
  }
  return exported(ssl, {"EXPORTER-Channel-Binding", true, {}, 32});
}

// The server's certificate may have been replaced since the client of this session saw it: the
// ticket knows which one it saw.
std::string server_end_point_of_session(SSL* ssl) {
  const auto record = record_of(SSL_get_session(ssl));
  return record ? record->end_point : std::string();
}

std::string own_end_point(SSL* ssl) {
  if (SSL_session_reused(ssl) == 1) return server_end_point_of_session(ssl);
  const X509* const own = SSL_get_certificate(ssl);
  return own != nullptr ? end_point_digest(own) : std::string();
}

bool has_shown_certificate(SSL* ssl) {
  if (server_shows_raw_key(ssl)) return false;
  if (SSL_is_server(ssl) == 0) return SSL_get0_peer_certificate(ssl) != nullptr;
  const SSL_CIPHER* const cipher = SSL_get_current_cipher(ssl);
  return cipher != nullptr && SSL_CIPHER_get_auth_nid(cipher) != NID_auth_null;
}

std::string tls_server_end_point(SSL* ssl) {
  if (psk_was_used(ssl) || !has_shown_certificate(ssl)) {
    lack(binding, "tls-server-end-point needs a certificate, and the server has shown none");
  }
  std::string value = SSL_is_server(ssl) != 0 ? own_end_point(ssl)
                                              : end_point_digest(SSL_get0_peer_certificate(ssl));
  if (value.empty()) {
    lack(binding,
         "tls-server-end-point is not defined for the server's certificate, whose signature "
         "has no hash function of its own (RFC 5929, 4.1), such as Ed25519; use tls-exporter");
  }
  return value;
}

}  // namespace

void check(const export_request& request) {
  const std::string& label = request.label;
  if (label.empty()) refuse_binding(exporter, "the label is empty");
  if (label.size() > longest_exporter_label)
    refuse_binding(exporter, "the label is longer than 249 bytes");
  if (is_reserved(label)) {
    refuse_binding(exporter, "the label \"" + label + "\" is TLS's own (RFC 5705, 4)");
  }
  if (request.context.size() > longest_context) {
    refuse_binding(exporter, "the context is longer than 65,535 bytes");
  }
  if (request.size == 0 || request.size > most_material) {
    refuse_binding(exporter,
                   "the size is " + std::to_string(request.size) + ", not one from 1 to 8,160");
  }
}

void check_binding_type(const std::string& type) {
  if (type == "tls-exporter" || type == "tls-server-end-point") return;
  if (type == "tls-unique") {
    refuse_binding(
        binding,
        "tls-unique is not unique to a connection (RFC 7627, 1) and not defined in TLS 1.3 "
        "(RFC 8446, C.5); use tls-exporter");
  }
  refuse_binding(binding, "the type \"" + excerpt(type) +
                              "\" is unknown; known are tls-exporter and tls-server-end-point");
}

std::string exported(SSL* ssl, const export_request& request) {
  clear_error_queue();
  std::string material(request.size, '\0');
  const int done = SSL_export_keying_material(
      ssl, reinterpret_cast<unsigned char*>(material.data()), material.size(), request.label.data(),
      request.label.size(), reinterpret_cast<const unsigned char*>(request.context.data()),
      request.context.size(), request.has_context ? 1 : 0);
  if (done == 1) return material;
  lack(exporter, "OpenSSL exports nothing for a label of " + std::to_string(request.label.size()) +
                     " bytes and a context of " + std::to_string(request.context.size()) + " in " +
                     SSL_get_version(ssl));
}

std::string channel_binding(SSL* ssl, const std::string& type) {
  return type == "tls-exporter" ? tls_exporter(ssl) : tls_server_end_point(ssl);
}

}  // namespace detail
}  // namespace iostls
