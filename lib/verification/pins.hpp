// SPDX-License-Identifier: Apache-2.0
// Pinned public keys: the keys that a peer may have, given by their SHA-256.
#pragma once

#include <string>
#include <vector>

#include <iostls/options.hpp>

#include "credentials/public_key_pin.hpp"

namespace iostls {
namespace detail {

// Reads the option pinned_public_keys; none if it is unset. Throws ssl_error (bad_configuration).
std::vector<pin> parse_pins(const setting<std::vector<std::string>>& option);

}  // namespace detail
}  // namespace iostls
