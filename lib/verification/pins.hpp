// SPDX-License-Identifier: Apache-2.0
// Pinned public keys: the keys that a peer may have, given by their SHA-256.
#pragma once

#include <array>
#include <string>
#include <vector>

#include <openssl/x509.h>

#include <iostls/options.hpp>

namespace iostls {
namespace detail {

// The SHA-256 of a SubjectPublicKeyInfo in DER.
using pin = std::array<unsigned char, 32>;

// Reads the option pinned_public_keys; none if it is unset. Throws ssl_error (bad_configuration).
std::vector<pin> parse_pins(const setting<std::vector<std::string>>& option);

// Computes the pin of a certificate's key. False if that fails because memory is short.
bool pin_of(const X509* certificate, pin& result) noexcept;

// "sha256//" and the pin in base 64.
std::string to_text(const pin& p);

}  // namespace detail
}  // namespace iostls
