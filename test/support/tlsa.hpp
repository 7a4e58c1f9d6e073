// SPDX-License-Identifier: Apache-2.0
// TLSA records of certificates, computed without iostls.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <iostls/tlsa_record.hpp>

#include "pem.hpp"

namespace iostls {
namespace test {

inline std::string digest_of(const EVP_MD* kind, const std::string& bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  require(EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, kind, nullptr) == 1,
          "EVP_Digest");
  return {reinterpret_cast<const char*>(digest.data()), size};
}

// The record that the first certificate of the PEM text matches.
inline tlsa_record tlsa_for(const std::string& pem, int usage, int selector = 1,
                            int matching_type = 1) {
  const std::shared_ptr<X509> x509 = certificate_from(pem);
  const std::string bytes = written([&](BIO* bio) {
    return selector == 0 ? i2d_X509_bio(bio, x509.get())
                         : i2d_PUBKEY_bio(bio, X509_get0_pubkey(x509.get()));
  });
  tlsa_record record;
  record.usage = static_cast<std::uint8_t>(usage);
  record.selector = static_cast<std::uint8_t>(selector);
  record.matching_type = static_cast<std::uint8_t>(matching_type);
  record.data = matching_type == 0   ? bytes
                : matching_type == 1 ? digest_of(EVP_sha256(), bytes)
                                     : digest_of(EVP_sha512(), bytes);
  return record;
}

}  // namespace test
}  // namespace iostls
