// SPDX-License-Identifier: Apache-2.0
// How a private key is encrypted.
#pragma once

#include <string>

#include "credentials/encoded_input.hpp"

namespace iostls {
namespace detail {

// The cipher of the first encrypted key, if OpenSSL as it is configured cannot decrypt it with any
// password: "DES-CBC". Empty if it can, or if there is no such key. Leaves OpenSSL's error queue
// unchanged.
std::string missing_cipher(const encoded_input& input);

}  // namespace detail
}  // namespace iostls
