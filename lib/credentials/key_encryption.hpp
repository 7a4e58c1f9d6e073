// SPDX-License-Identifier: Apache-2.0
// How a private key is encrypted.
#pragma once

#include <string>

#include "credentials/encoded_input.hpp"

namespace iostls {
namespace detail {

// By what the first encrypted key is encrypted, if OpenSSL as it is set up cannot decrypt that, whatever the
// password: "DES-CBC". Empty if it can, or if there is none. Leaves OpenSSL's error queue alone.
std::string missing_cipher(const encoded_input& input);

}  // namespace detail
}  // namespace iostls
