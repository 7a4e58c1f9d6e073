// SPDX-License-Identifier: Apache-2.0
#include "context/connection_options.hpp"
#include "options/effective_options.hpp"

#include <chrono>
#include <climits>
#include <cstddef>
#include <string>

#include "negotiation/alpn.hpp"
#include "negotiation/ciphers.hpp"
#include "negotiation/groups_and_signatures.hpp"
#include "negotiation/psk.hpp"
#include "openssl/error.hpp"
#include "openssl/error_queue.hpp"
#include "resumption/server_resumption.hpp"
#include "transport/host_name.hpp"
#include "verification/certificate_verifier.hpp"
#include "verification/ocsp_client.hpp"
#include "verification/pins.hpp"

namespace iostls {
namespace detail {
namespace {

constexpr int default_depth = 100;
constexpr std::size_t default_chain_size = 100 * std::size_t{1024};

[[noreturn]] void fail(const char* option, const std::string& message) {
  throw_option_error(ssl_errc::bad_configuration, option, message);
}

template <class T>
void take(setting<T>& target, const setting<T>& own) {
  if (own.has_value()) target = own;
}

void check_not_negative(const char* option, const setting<std::chrono::milliseconds>& time) {
  if (time.has_value() && time.value() < std::chrono::milliseconds::zero()) {
    fail(option, std::to_string(time.value().count()) + " ms is negative");
  }
}

void check_chain_size(const setting<std::size_t>& size) {
  if (!size.has_value()) return;
  if (size.value() == 0) fail("max_certificate_chain", "is zero");
  if (size.value() > INT_MAX) fail("max_certificate_chain", "is more than 2,147,483,647");
}

void check_server_name(bool is_server, const setting<std::string>& name) {
  if (!name.has_value()) return;
  // A client that verifies nobody needs no name, but that depends on all options together.
  if (name.value().empty() && !is_server) return;
  const std::string fault = host_name_fault(name.value());
  if (!fault.empty()) fail("server_name", "the name \"" + shown_host(name.value()) + "\" " + fault);
}

long chain_size(const connection_options& options) {
  return static_cast<long>(options.max_certificate_chain.value_or(default_chain_size));
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
    fail("method", "this OpenSSL does not have these versions");
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
  const bool required =
      effective(base.require_close_notify, own.require_close_notify).value_or(true);
  switch_option(ssl, SSL_OP_IGNORE_UNEXPECTED_EOF, !required);
}

void set_peer_name(SSL* ssl, const std::string& server_name, bool check) {
  const host_name peer(server_name);
  if (!peer.is_address && SSL_set_tlsext_host_name(ssl, peer.text.c_str()) != 1) {
    fail("server_name", "OpenSSL does not accept the name");
  }
  if (!check) return;
  X509_VERIFY_PARAM* const param = SSL_get0_param(ssl);
  X509_VERIFY_PARAM_set_hostflags(param, host_match_flags);
  const int set = peer.is_address
                      ? X509_VERIFY_PARAM_set1_ip_asc(param, peer.text.c_str())
                      : X509_VERIFY_PARAM_set1_host(param, peer.text.data(), peer.text.size());
  if (set != 1) fail("server_name", "OpenSSL does not accept the name");
}

void apply_peer_name(SSL* ssl, const connection_options& base, const connection_options& own) {
  const auto& name = effective(base.server_name, own.server_name);
  const bool check = verify_of(false, effective(base.verify, own.verify)) != verify_mode::none;
  const bool has_key = prepare_psk(ssl, name.value_or(""), check);
  if (name.has_value() && !name.value().empty()) {
    set_peer_name(ssl, name.value(), check);
  } else if (check && !has_key) {
    fail("server_name", "the name of the server is not given, so it cannot be verified");
  }
}

void apply_judge(SSL* ssl, bool is_server, const connection_options& base,
                 const connection_options& own) {
  apply_certificate_verifier(ssl, is_server,
                             verify_of(is_server, effective(base.verify, own.verify)),
                             effective(base.pinned_public_keys, own.pinned_public_keys),
                             effective(base.server_name, own.server_name));
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

bool narrows_sessions(const connection_options& own) {
  return own.method.has_value() || own.ciphers.has_value() || own.ciphersuites.has_value() ||
         own.verify.has_value() || own.max_depth.has_value() ||
         own.pinned_public_keys.has_value() || own.server_name.has_value() ||
         own.groups.has_value() || own.signature_algorithms.has_value() ||
         own.max_certificate_chain.has_value();
}

}  // namespace

connection_options merged(const connection_options& base, const connection_options& own) {
  connection_options result = base;
  take(result.method, own.method);
  take(result.ciphers, own.ciphers);
  take(result.ciphersuites, own.ciphersuites);
  take(result.verify, own.verify);
  take(result.max_depth, own.max_depth);
  take(result.pinned_public_keys, own.pinned_public_keys);
  take(result.ocsp, own.ocsp);
  take(result.prefer_server_cipher_order, own.prefer_server_cipher_order);
  take(result.server_name, own.server_name);
  take(result.alpn, own.alpn);
  take(result.alpn_optional, own.alpn_optional);
  take(result.groups, own.groups);
  take(result.signature_algorithms, own.signature_algorithms);
  take(result.max_certificate_chain, own.max_certificate_chain);
  take(result.require_close_notify, own.require_close_notify);
  take(result.handshake_timeout, own.handshake_timeout);
  take(result.read_timeout, own.read_timeout);
  take(result.write_timeout, own.write_timeout);
  take(result.close_timeout, own.close_timeout);
  take(result.handshake_on_connect, own.handshake_on_connect);
  take(result.session, own.session);
  return result;
}

void check_connection_options(bool is_server, const connection_options& options) {
  if (options.method.has_value() && options.method.value().min > options.method.value().max) {
    fail("method", "min is above max");
  }
  if (options.max_depth.has_value() && options.max_depth.value() < 0) {
    fail("max_depth", std::to_string(options.max_depth.value()) + " is negative");
  }
  static_cast<void>(parse_pins(options.pinned_public_keys));
  check_ocsp(is_server, options);
  check_server_name(is_server, options.server_name);
  check_alpn(options);
  check_chain_size(options.max_certificate_chain);
  check_not_negative("handshake_timeout", options.handshake_timeout);
  check_not_negative("read_timeout", options.read_timeout);
  check_not_negative("write_timeout", options.write_timeout);
  check_not_negative("close_timeout", options.close_timeout);
  if (is_server && options.session.has_value()) fail("session", "only a client has one to resume");
}

void apply_connection_options(SSL_CTX* ctx, bool is_server, const connection_options& options) {
  check_connection_options(is_server, options);
  apply_method(ctx, options.method.value_or(tls_method()));
  apply_cipher_lists(ctx, options);
  apply_alpn(ctx, is_server, options);
  apply_groups_and_signatures(ctx, options);
  if (!is_server) apply_ocsp(ctx);
  SSL_CTX_set_max_cert_list(ctx, chain_size(options));
  set_verify(ctx, verify_flags(is_server, verify_of(is_server, options.verify)));
  set_depth(ctx, options.max_depth.value_or(default_depth));
  switch_option(ctx, SSL_OP_CIPHER_SERVER_PREFERENCE,
                options.prefer_server_cipher_order.value_or(true));
  switch_option(ctx, SSL_OP_IGNORE_UNEXPECTED_EOF, !options.require_close_notify.value_or(true));
}

void apply_connection_options(SSL* ssl, bool is_server, const connection_options& base,
                              const connection_options& own) {
  clear_error_queue();
  check_connection_options(is_server, own);
  if (own.method.has_value()) apply_method(ssl, own.method.value());
  if (own.ciphers.has_value()) apply_ciphers(ssl, own.ciphers.value());
  if (own.ciphersuites.has_value()) apply_ciphersuites(ssl, own.ciphersuites.value());
  if (own.method.has_value() || own.ciphers.has_value() || own.ciphersuites.has_value()) {
    check_something_is_left(ssl, own.ciphers.has_value());
  }
  if (own.verify.has_value()) set_verify(ssl, verify_flags(is_server, own.verify.value()));
  if (own.max_depth.has_value()) set_depth(ssl, own.max_depth.value());
  apply_judge(ssl, is_server, base, own);
  apply_flags(ssl, base, own);
  apply_alpn(ssl, is_server, base, own);
  apply_groups_and_signatures(ssl, own);
  if (own.max_certificate_chain.has_value()) SSL_set_max_cert_list(ssl, chain_size(own));
  if (!is_server) {
    apply_peer_name(ssl, base, own);
    apply_ocsp(ssl, base, own);
    return;
  }
  begin_server_resumption(ssl);
  if (narrows_sessions(own)) apply_server_resumption(ssl, merged(base, own));
}

}  // namespace detail
}  // namespace iostls
