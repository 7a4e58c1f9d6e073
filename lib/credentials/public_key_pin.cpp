// SPDX-License-Identifier: Apache-2.0
#include "credentials/public_key_pin.hpp"

#include <openssl/evp.h>

namespace iostls {
namespace detail {

namespace {

// Frees the encoding, whose size is negative if there is none.
bool pin_of_encoding(unsigned char* der, int size, pin& result) noexcept {
  const bool ok = size > 0 && EVP_Digest(der, static_cast<std::size_t>(size), result.data(),
                                         nullptr, EVP_sha256(), nullptr) == 1;
  OPENSSL_free(der);
  return ok;
}

}  // namespace

bool pin_of(const X509* certificate, pin& result) noexcept {
  unsigned char* der = nullptr;
  const int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &der);
  return pin_of_encoding(der, size, result);
}

bool pin_of(const EVP_PKEY* key, pin& result) noexcept {
  unsigned char* der = nullptr;
  const int size = i2d_PUBKEY(key, &der);
  return pin_of_encoding(der, size, result);
}

std::string to_text(const pin& p) {
  std::array<unsigned char, pin_base64_size + 1> base64{};
  EVP_EncodeBlock(base64.data(), p.data(), static_cast<int>(p.size()));
  return std::string(pin_mark) + reinterpret_cast<const char*>(base64.data());
}

}  // namespace detail
}  // namespace iostls
