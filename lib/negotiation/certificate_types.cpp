// SPDX-License-Identifier: Apache-2.0
#include "negotiation/certificate_types.hpp"

#include <array>
#include <string>

#include <openssl/opensslv.h>

#include "openssl/error.hpp"
#include "openssl/raw_public_key.hpp"
#include "options/effective_options.hpp"

namespace iostls {
namespace detail {
namespace {

constexpr const char* presenting = "present_raw_public_key";
constexpr const char* accepting = "accept_raw_public_keys";

[[noreturn]] void refuse(const char* option, const std::string& why) {
  throw_option_error(ssl_errc::bad_configuration, option, why);
}

#if OPENSSL_VERSION_NUMBER >= 0x30200000L

// A peer that does not know RFC 7250 gets, or shows, a certificate.
constexpr std::array<unsigned char, 2> both_types{TLSEXT_cert_type_rpk, TLSEXT_cert_type_x509};

bool set_own(SSL_CTX* ctx, bool is_server) noexcept {
  return (is_server
              ? SSL_CTX_set1_server_cert_type(ctx, both_types.data(), both_types.size())
              : SSL_CTX_set1_client_cert_type(ctx, both_types.data(), both_types.size())) == 1;
}
bool set_peers(SSL* ssl, bool is_server) noexcept {
  return (is_server ? SSL_set1_client_cert_type(ssl, both_types.data(), both_types.size())
                    : SSL_set1_server_cert_type(ssl, both_types.data(), both_types.size())) == 1;
}

#else

bool set_own(SSL_CTX*, bool) noexcept { return false; }
bool set_peers(SSL*, bool) noexcept { return false; }

#endif

}  // namespace

void require_raw_public_keys(const char* option) {
  if (has_raw_public_keys) return;
  refuse(option,
         "raw public keys (RFC 7250) need OpenSSL 3.2 or later, and this library was built "
         "for " OPENSSL_VERSION_STR);
}

void apply_own_certificate_type(SSL_CTX* ctx, bool is_server, const context_options& options) {
  if (!value_of<&context_options::present_raw_public_key>(is_server, options)) return;
  require_raw_public_keys(presenting);
  if (options.certificate.empty() && !options.on_client_hello) {
    refuse(presenting, "there is no certificate, whose key it would be");
  }
  if (!set_own(ctx, is_server)) refuse(presenting, "OpenSSL does not accept the types");
}

void apply_peer_certificate_type(SSL* ssl, bool is_server, const connection_options& base,
                                 const connection_options& own) {
  if (!value_of<&connection_options::accept_raw_public_keys>(is_server, base, own)) return;
  require_raw_public_keys(accepting);
  if (!effective(base.pinned_public_keys, own.pinned_public_keys).has_value()) {
    refuse(accepting,
           "pinned_public_keys is not set, and nothing else decides which keys to accept");
  }
  if (!is_server && value_of<&connection_options::ocsp>(false, base, own) != ocsp_mode::none) {
    refuse(accepting, "ocsp is set, and a raw public key has no status");
  }
  if (!set_peers(ssl, is_server)) refuse(accepting, "OpenSSL does not accept the types");
}

}  // namespace detail
}  // namespace iostls
