// SPDX-License-Identifier: Apache-2.0
// Public keys as they are pinned: their SHA-256, in curl's form.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

#include <openssl/x509.h>

namespace iostls {
namespace detail {

// The SHA-256 of a SubjectPublicKeyInfo in DER.
using pin = std::array<unsigned char, 32>;

constexpr std::string_view pin_mark = "sha256//";

// The length of the 32 bytes of a pin in base 64: 44 characters, the last of them "=".
constexpr std::size_t pin_base64_size = 44;

// Computes the pin of a certificate's key. False if that fails because memory is short.
bool pin_of(const X509* certificate, pin& result) noexcept;
// The same of a raw public key.
bool pin_of(const EVP_PKEY* key, pin& result) noexcept;

// "sha256//" and the pin in base 64.
std::string to_text(const pin& p);

}  // namespace detail
}  // namespace iostls
