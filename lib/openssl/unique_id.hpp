// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>

namespace iostls {
namespace detail {

// Differs from what any other call returns, in whatever process. It is not secret. Random numbers for each
// call would do the same, more slowly. Throws ssl_error if OpenSSL has no random numbers.
std::array<unsigned char, 32> unique_id();

}  // namespace detail
}  // namespace iostls
