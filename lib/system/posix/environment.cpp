// SPDX-License-Identifier: Apache-2.0
#include "system/environment.hpp"

#include <cstdlib>

#include <unistd.h>

// The build defines IOSTLS_HAS_SECURE_GETENV where that exists.

namespace iostls {
namespace detail {

const char* trusted_variable(const char* name) noexcept {
#ifdef IOSTLS_HAS_SECURE_GETENV
  return ::secure_getenv(name);
#else
  const bool is_own = ::getuid() == ::geteuid() && ::getgid() == ::getegid();
  return is_own ? std::getenv(name) : nullptr;
#endif
}

const char* system_authorities_uri() noexcept { return nullptr; }

}  // namespace detail
}  // namespace iostls
