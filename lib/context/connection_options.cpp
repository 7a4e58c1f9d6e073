// SPDX-License-Identifier: Apache-2.0
#include "context/connection_options.hpp"

#include <cstddef>
#include <string>

#include "negotiation/alpn.hpp"
#include "negotiation/certificate_types.hpp"
#include "negotiation/ciphers.hpp"
#include "negotiation/encrypted_client_hello.hpp"
#include "negotiation/groups_and_signatures.hpp"
#include "negotiation/message_trace.hpp"
#include "negotiation/psk.hpp"
#include "negotiation/renegotiation_option.hpp"
#include "negotiation/required_server_name.hpp"
#include "openssl/end_of_input.hpp"
#include "openssl/error.hpp"
#include "openssl/error_queue.hpp"
#include "options/effective_options.hpp"
#include "resumption/session_scope.hpp"
#include "transport/host_name.hpp"
#include "verification/certificate_verifier.hpp"
#include "verification/dane.hpp"
#include "verification/expected_name.hpp"
#include "verification/ocsp_verification.hpp"
#include "verification/pins.hpp"

namespace iostls {
namespace detail {
namespace {

[[noreturn]] void refuse_option(const char* option, const std::string& message) {
  throw_option_error(ssl_errc::bad_configuration, option, message);
}

// In mode `optional`, a client's handshake continues whatever the result: OpenSSL also verifies
// with SSL_VERIFY_NONE, and keeps the result.
int verify_flags(bool is_server, verify_mode mode) {
  if (mode == verify_mode::required) {
    return SSL_VERIFY_PEER | (is_server ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0);
  }
  return is_server && mode == verify_mode::optional ? SSL_VERIFY_PEER : SSL_VERIFY_NONE;
}

int version_number(tls_version version) {
  switch (version) {
    case tls_version::tls1_0:
      return TLS1_VERSION;
    case tls_version::tls1_1:
      return TLS1_1_VERSION;
    case tls_version::tls1_2:
      return TLS1_2_VERSION;
    case tls_version::tls1_3:
      break;
  }
  return TLS1_3_VERSION;
}

// The same steps for a context and for a connection.

int set_min(SSL_CTX* ctx, int v) { return SSL_CTX_set_min_proto_version(ctx, v); }
int set_min(SSL* ssl, int v) { return SSL_set_min_proto_version(ssl, v); }
int set_max(SSL_CTX* ctx, int v) { return SSL_CTX_set_max_proto_version(ctx, v); }
int set_max(SSL* ssl, int v) { return SSL_set_max_proto_version(ssl, v); }
void set_options(SSL_CTX* ctx, std::uint64_t bits) { SSL_CTX_set_options(ctx, bits); }
void set_options(SSL* ssl, std::uint64_t bits) { SSL_set_options(ssl, bits); }
void clear_options(SSL_CTX* ctx, std::uint64_t bits) { SSL_CTX_clear_options(ctx, bits); }
void clear_options(SSL* ssl, std::uint64_t bits) { SSL_clear_options(ssl, bits); }
void set_verify(SSL_CTX* ctx, int flags) { SSL_CTX_set_verify(ctx, flags, nullptr); }
void set_verify(SSL* ssl, int flags) { SSL_set_verify(ssl, flags, nullptr); }
void set_depth(SSL_CTX* ctx, int depth) { SSL_CTX_set_verify_depth(ctx, depth); }
void set_depth(SSL* ssl, int depth) { SSL_set_verify_depth(ssl, depth); }

template <class Target>
void apply_method(Target* target, const tls_method& method) {
  if (set_min(target, version_number(method.min)) != 1 ||
      set_max(target, version_number(method.max)) != 1) {
    refuse_option("method", "this OpenSSL does not have these versions");
  }
}

template <class Target>
void switch_option(Target* target, std::uint64_t bits, bool on) {
  on ? set_options(target, bits) : clear_options(target, bits);
}

void apply_flags(SSL* ssl, const connection_options& base, const connection_options& own) {
  if (own.prefer_server_cipher_order.has_value()) {
    switch_option(ssl, SSL_OP_CIPHER_SERVER_PREFERENCE, own.prefer_server_cipher_order.value());
  }
  // Set in any case: many programs set the flag in the native context out of habit, which makes
  // every truncated connection look complete.
  const bool required = value_of<&connection_options::require_close_notify>(false, base, own);
  require_close_notify(ssl, required);
}

void send_name(SSL* ssl, const connection_options& base, const connection_options& own) {
  const auto& sni = effective(base.sni_name, own.sni_name);
  const auto& name = sni.has_value() ? sni : effective(base.server_name, own.server_name);
  if (!name.has_value() || name.value().empty()) return;
  const host_name sent(name.value());
  if (!sent.is_address && SSL_set_tlsext_host_name(ssl, sent.text.c_str()) != 1) {
    refuse_option(sni.has_value() ? "sni_name" : "server_name", "OpenSSL does not accept the name");
  }
}

void verify_name(SSL* ssl, const std::string& server_name) {
  const host_name peer(server_name);
  X509_VERIFY_PARAM* const param = SSL_get0_param(ssl);
  X509_VERIFY_PARAM_set_hostflags(param, host_match_flags);
  const bool set = peer.is_address ? X509_VERIFY_PARAM_set1_ip_asc(param, peer.text.c_str()) == 1
                                   : verify_host(ssl, peer.text);
  if (!set) refuse_option("server_name", "OpenSSL does not accept the name");
}

void apply_peer_name(SSL* ssl, const connection_options& base, const connection_options& own) {
  const auto& name = effective(base.server_name, own.server_name);
  const bool check = verify_of(false, effective(base.verify, own.verify)) != verify_mode::none;
  const bool has_key = prepare_psk(ssl, name.value_or(""), check);
  send_name(ssl, base, own);
  if (name.has_value() && !name.value().empty()) {
    if (check) verify_name(ssl, name.value());
  } else if (check && !has_key) {
    refuse_option("server_name", "the name of the server is not given, so it cannot be verified");
  }
}

void apply_cipher_lists(SSL_CTX* ctx, const connection_options& options) {
  if (options.ciphers.has_value()) {
    apply_ciphers(ctx, options.ciphers.value());
  } else {
    apply_default_ciphers(ctx, false);
  }
  if (options.ciphersuites.has_value()) {
    apply_ciphersuites(ctx, options.ciphersuites.value());
  } else {
    apply_default_ciphersuites(ctx, false);
  }
}

}  // namespace

void apply_connection_options(SSL_CTX* ctx, bool is_server, const connection_options& options) {
  static_cast<void>(parse_pins(options.pinned_public_keys));
  if (options.accept_raw_public_keys.value_or(false)) {
    require_raw_public_keys("accept_raw_public_keys");
  }
  apply_method(ctx, value_of<&connection_options::method>(is_server, options));
  apply_cipher_lists(ctx, options);
  apply_alpn(ctx, is_server, options);
  apply_groups_and_signatures(ctx, options);
  if (!is_server) {
    apply_ocsp(ctx);
    check_ech(options);
    allow_tlsa_records(ctx);
  }
  SSL_CTX_set_max_cert_list(
      ctx,
      static_cast<long>(value_of<&connection_options::max_certificate_chain>(is_server, options)));
  set_verify(ctx, verify_flags(is_server, verify_of(is_server, options.verify)));
  set_depth(ctx, value_of<&connection_options::max_depth>(is_server, options));
  switch_option(ctx, SSL_OP_CIPHER_SERVER_PREFERENCE,
                value_of<&connection_options::prefer_server_cipher_order>(is_server, options));
  require_close_notify(ctx,
                       value_of<&connection_options::require_close_notify>(is_server, options));
}

void apply_connection_options(SSL* ssl, bool is_server, const connection_options& base,
                              const connection_options& own) {
  clear_error_queue();
  check_values(is_server, own);
  if (own.method.has_value()) apply_method(ssl, own.method.value());
  if (own.ciphers.has_value()) apply_ciphers(ssl, own.ciphers.value());
  if (own.ciphersuites.has_value()) apply_ciphersuites(ssl, own.ciphersuites.value());
  if (own.method.has_value() || own.ciphers.has_value() || own.ciphersuites.has_value()) {
    check_something_is_left(ssl, own.ciphers.has_value());
  }
  if (own.verify.has_value()) set_verify(ssl, verify_flags(is_server, own.verify.value()));
  if (own.max_depth.has_value()) set_depth(ssl, own.max_depth.value());
  apply_certificate_verifier(ssl, is_server, base, own);
  apply_peer_certificate_type(ssl, is_server, base, own);
  apply_flags(ssl, base, own);
  apply_alpn(ssl, is_server, base, own);
  apply_groups_and_signatures(ssl, own);
  if (own.max_certificate_chain.has_value()) {
    SSL_set_max_cert_list(ssl, static_cast<long>(own.max_certificate_chain.value()));
  }
  apply_message_trace(ssl, value_of<&connection_options::message_trace>(is_server, base, own));
  if (!is_server) {
    apply_peer_name(ssl, base, own);
    apply_tlsa_records(ssl, base, own);
    apply_ocsp(ssl, base, own);
    apply_ech(ssl, base, own);
    SSL_set_post_handshake_auth(
        ssl, value_of<&connection_options::post_handshake_auth>(false, base, own) ? 1 : 0);
    if (value_of<&connection_options::max_renegotiations>(false, base, own) > 0) {
      allow_renegotiation(ssl);
    }
    return;
  }
  require_server_name(ssl, own);
  refuse_unjudged_sessions(ssl);
  narrow_session_scope(ssl, base, own);
}

}  // namespace detail
}  // namespace iostls
