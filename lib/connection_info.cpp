// SPDX-License-Identifier: Apache-2.0
#include <iostls/connection_info.hpp>

#include <ostream>

#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "describe_connection.hpp"

namespace iostls {
namespace {

void line(std::ostream& out, const char* name, const std::string& value) {
  if (!value.empty()) out << name << ": " << value << '\n';
}

std::string verdict(const connection_info& info) {
  if (info.verified) return "yes";
  if (info.verify_result_string.empty()) return "no";
  return "no: " + info.verify_result_string + " (" + std::to_string(info.verify_result) + ")";
}

}  // namespace

std::ostream& operator<<(std::ostream& out, const connection_info& info) {
  line(out, "protocol", info.protocol);
  line(out, "cipher", info.cipher);
  line(out, "group", info.group);
  line(out, "server name", info.server_name);
  line(out, "alpn", info.alpn);
  line(out, "resumed", info.resumed ? "yes" : "no");
  line(out, "verified", verdict(info));
  return out;
}

namespace detail {

connection_info describe_connection(SSL* ssl, verify_mode verify) {
  const auto text = [](const char* s) { return std::string(s != nullptr ? s : ""); };
  connection_info info;
  info.protocol = text(SSL_get_version(ssl));
  info.cipher = text(SSL_get_cipher_name(ssl));
  const int group = static_cast<int>(SSL_get_negotiated_group(ssl));
  if (group != NID_undef) info.group = text(SSL_group_to_name(ssl, group));
  info.server_name = text(SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name));
  const unsigned char* alpn = nullptr;
  unsigned int alpn_size = 0;
  SSL_get0_alpn_selected(ssl, &alpn, &alpn_size);
  if (alpn != nullptr) info.alpn.assign(reinterpret_cast<const char*>(alpn), alpn_size);
  info.resumed = SSL_session_reused(ssl) != 0;
  info.verify_result = SSL_get_verify_result(ssl);
  if (info.verify_result != X509_V_OK) {
    info.verify_result_string = X509_verify_cert_error_string(info.verify_result);
  }
  info.verified = verify != verify_mode::none && info.verify_result == X509_V_OK &&
                  SSL_get0_peer_certificate(ssl) != nullptr;
  return info;
}

}  // namespace detail
}  // namespace iostls
