// SPDX-License-Identifier: Apache-2.0
#include <iostls/policy.hpp>

#include <array>
#include <utility>

#include "base/escape.hpp"
#include "openssl/error.hpp"

namespace iostls {
namespace {

using names = std::vector<std::string>;

// A policy that was released never changes.

connection_options of_2026_12() {
  connection_options o;
  o.method = tls_method{tls_version::tls1_2, tls_version::tls1_3};
  o.ciphers =
      "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-AES128-GCM-SHA256:"
      "ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";
  o.ciphersuites = "TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256";
  o.groups = names{"?X25519MLKEM768", "?X25519",    "secp256r1",  "?X448",
                   "secp384r1",       "?secp521r1", "?ffdhe2048", "?ffdhe3072"};
  o.signature_algorithms = names{"?mldsa65",
                                 "?mldsa87",
                                 "?mldsa44",
                                 "ecdsa_secp256r1_sha256",
                                 "ecdsa_secp384r1_sha384",
                                 "ecdsa_secp521r1_sha512",
                                 "?ed25519",
                                 "?ed448",
                                 "rsa_pss_pss_sha256",
                                 "rsa_pss_pss_sha384",
                                 "rsa_pss_pss_sha512",
                                 "rsa_pss_rsae_sha256",
                                 "rsa_pss_rsae_sha384",
                                 "rsa_pss_rsae_sha512",
                                 "rsa_pkcs1_sha256",
                                 "rsa_pkcs1_sha384",
                                 "rsa_pkcs1_sha512"};
  o.prefer_server_cipher_order = true;
  return o;
}

// Mozilla's "Server Side TLS", version 5.7, where the client's order decides. It names no signature
// algorithms: those of the defaults of that time.
connection_options modern() {
  connection_options o = of_2026_12();
  o.method = tls_method{tls_version::tls1_3, tls_version::tls1_3};
  o.ciphersuites = "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256";
  o.groups = names{"X25519", "secp256r1", "secp384r1"};
  o.prefer_server_cipher_order = false;
  return o;
}

connection_options intermediate() {
  connection_options o = modern();
  o.method = tls_method{tls_version::tls1_2, tls_version::tls1_3};
  o.ciphers =
      "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
      "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305:"
      "DHE-RSA-AES128-GCM-SHA256:DHE-RSA-AES256-GCM-SHA384:DHE-RSA-CHACHA20-POLY1305";
  return o;
}

struct policy_row {
  const char* name;
  connection_options (*options)();
};

constexpr std::array<policy_row, 3> policies{
    {{"2026-12", of_2026_12}, {"intermediate", intermediate}, {"modern", modern}}};

std::string all_names() {
  std::string text;
  for (const policy_row& each : policies)
    text += (text.empty() ? "" : ", ") + std::string(each.name);
  return text;
}

}  // namespace

tls_policy tls_policy::of(const std::string& name) {
  for (const policy_row& each : policies) {
    if (name == each.name) return {name, each.options()};
  }
  detail::throw_option_error(
      ssl_errc::bad_configuration, "tls_policy",
      "\"" + detail::escaped_text(name) + "\" is no policy; there are " + all_names());
}

std::vector<std::string> tls_policy::names() {
  std::vector<std::string> result;
  result.reserve(policies.size());
  for (const policy_row& each : policies) result.emplace_back(each.name);
  return result;
}

void tls_policy::fill(connection_options& options) const {
  options.method = options_.method;
  options.ciphers = options_.ciphers;
  options.ciphersuites = options_.ciphersuites;
  options.groups = options_.groups;
  options.signature_algorithms = options_.signature_algorithms;
  options.prefer_server_cipher_order = options_.prefer_server_cipher_order;
}

}  // namespace iostls
