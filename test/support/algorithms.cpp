// SPDX-License-Identifier: Apache-2.0
#include "algorithms.hpp"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>

namespace iostls {
namespace test {
namespace {

template <class Fetched>
bool finds(Fetched* (*fetch)(OSSL_LIB_CTX*, const char*, const char*), void (*give_up)(Fetched*),
           const char* name) {
  Fetched* const found = fetch(nullptr, name, nullptr);
  give_up(found);
  return found != nullptr;
}

}  // namespace

bool lacks(const std::string& name) {
  const char* const n = name.c_str();
  const bool found =
      finds(EVP_CIPHER_fetch, EVP_CIPHER_free, n) || finds(EVP_MD_fetch, EVP_MD_free, n) ||
      finds(EVP_KEYMGMT_fetch, EVP_KEYMGMT_free, n) || finds(EVP_KDF_fetch, EVP_KDF_free, n);
  ERR_clear_error();
  return !found;
}

std::string obstacle_to_psk(tls_version version) {
  if (version == tls_version::tls1_3 || !lacks("ChaCha20-Poly1305")) return {};
  return "no provider has ChaCha20, which pre-shared keys with TLS 1.2 need";
}

bool only_fips_is_allowed() { return EVP_default_properties_is_fips_enabled(nullptr) == 1; }

}  // namespace test
}  // namespace iostls
