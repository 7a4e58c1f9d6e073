// SPDX-License-Identifier: Apache-2.0
#include <iostls/connection_info.hpp>

#include <array>
#include <cstdio>
#include <memory>
#include <ostream>
#include <utility>

#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "base/escape.hpp"
#include "credentials/public_key_pin.hpp"
#include "credentials/x509_sharing.hpp"
#include "engine/connection_info.hpp"
#include "negotiation/encrypted_client_hello.hpp"
#include "negotiation/groups_and_signatures.hpp"
#include "negotiation/peer_signature.hpp"
#include "negotiation/psk.hpp"
#include "openssl/raw_public_key.hpp"
#include "verification/dane.hpp"
#include "verification/ocsp_verification.hpp"

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

// "1.234 ms"; empty for zero.
std::string in_milliseconds(std::chrono::microseconds time) {
  if (time.count() == 0) return {};
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.3f ms", static_cast<double>(time.count()) / 1000);
  return text.data();
}

}  // namespace

std::ostream& operator<<(std::ostream& out, const connection_info& info) {
  line(out, "protocol", info.protocol);
  line(out, "cipher", info.cipher);
  line(out, "group", info.group);
  if (info.post_quantum) line(out, "post-quantum", "yes");
  line(out, "signature algorithm", info.signature_algorithm);
  line(out, "server name", detail::excerpt(info.server_name));
  if (info.ech_status != ech_result::not_offered) out << "ech: " << info.ech_status << '\n';
  line(out, "alpn", detail::excerpt(info.alpn));
  line(out, "psk identity", detail::excerpt(info.psk_identity));
  line(out, "resumed", info.resumed ? "yes" : "no");
  line(out, "verified", verdict(info));
  if (info.ocsp_status != ocsp_result::not_requested) out << "ocsp: " << info.ocsp_status << '\n';
  for (const certificate& c : info.chain) line(out, "certificate", detail::subject_excerpt(c));
  line(out, "raw public key", info.raw_public_key_pin);
  line(out, "TLSA record", detail::cut(info.matched_tlsa_record));
  if (info.truncated) line(out, "input", "ended without close_notify");
  line(out, "connected in", in_milliseconds(info.connect_duration));
  line(out, "handshake took", in_milliseconds(info.handshake_duration));
  return out;
}

namespace detail {
namespace {

// On a server, OpenSSL's list of received certificates lacks the peer's own.
std::vector<certificate> peer_chain(SSL* ssl) {
  std::vector<certificate> result;
  X509* const leaf = SSL_get0_peer_certificate(ssl);
  if (leaf == nullptr) return result;
  result.push_back(shared_certificate(leaf));
  const STACK_OF(X509)* const verified =
      SSL_get_verify_result(ssl) == X509_V_OK ? SSL_get0_verified_chain(ssl) : nullptr;
  const STACK_OF(X509)* const all = verified != nullptr ? verified : SSL_get_peer_cert_chain(ssl);
  const bool has_leaf = verified != nullptr || SSL_is_server(ssl) == 0;
  for (int i = has_leaf ? 1 : 0; all != nullptr && i < sk_X509_num(all); ++i) {
    result.push_back(shared_certificate(sk_X509_value(all, i)));
  }
  return result;
}

std::string raw_key_pin(SSL* ssl) {
  const EVP_PKEY* const key = psk_used(ssl) ? nullptr : raw_key_of_peer(ssl);
  pin p{};
  return key != nullptr && pin_of(key, p) ? to_text(p) : std::string();
}

}  // namespace

connection_info describe_connection(SSL* ssl, verify_mode verify) {
  const auto text = [](const char* s) { return std::string(s != nullptr ? s : ""); };
  connection_info info;
  info.protocol = text(SSL_get_version(ssl));
  info.cipher = text(SSL_get_cipher_name(ssl));
  const int group = static_cast<int>(SSL_get_negotiated_group(ssl));
  if (group != NID_undef) info.group = text(SSL_group_to_name(ssl, group));
  info.post_quantum = is_post_quantum(info.group);
  info.server_name = text(SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name));
  info.ech_status = ech_result_of(ssl);
  const unsigned char* alpn = nullptr;
  unsigned int alpn_size = 0;
  SSL_get0_alpn_selected(ssl, &alpn, &alpn_size);
  if (alpn != nullptr) info.alpn.assign(reinterpret_cast<const char*>(alpn), alpn_size);
  info.signature_algorithm = server_signature(ssl);
  info.psk_identity = psk_identity(ssl);
  info.resumed = SSL_session_reused(ssl) != 0 && !psk_used(ssl);
  info.chain = peer_chain(ssl);
  info.raw_public_key_pin = raw_key_pin(ssl);
  tlsa_match match = tlsa_match_of(ssl);
  info.matched_tlsa_record = std::move(match.record);
  info.matched_tlsa_depth = match.depth;
  info.ocsp_status = ocsp_result_of(ssl);
  // A session that was offered but not used leaves its result behind.
  info.verify_result = psk_used(ssl) ? X509_V_OK : SSL_get_verify_result(ssl);
  if (info.verify_result != X509_V_OK) {
    info.verify_result_string = X509_verify_cert_error_string(info.verify_result);
  }
  info.verified = verify != verify_mode::none && info.verify_result == X509_V_OK &&
                  (SSL_get0_peer_certificate(ssl) != nullptr || !info.raw_public_key_pin.empty());
  return info;
}

}  // namespace detail
}  // namespace iostls
