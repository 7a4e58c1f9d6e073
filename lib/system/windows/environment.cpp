// SPDX-License-Identifier: Apache-2.0
#include "system/environment.hpp"

#include <cstdlib>

namespace iostls {
namespace detail {

const char* trusted_variable(const char* name) noexcept { return std::getenv(name); }

// Since OpenSSL 3.2. It is asked for an authority when there is a chain to be verified.
const char* system_authorities_uri() noexcept { return "org.openssl.winstore://"; }

}  // namespace detail
}  // namespace iostls
