// SPDX-License-Identifier: Apache-2.0
// When a session was made.
#pragma once

#include <chrono>

#include <openssl/ssl.h>

#include "base/utc_time.hpp"

namespace iostls {
namespace detail {

// When OpenSSL's session, or in TLS 1.3 its ticket, was made.
inline utc_seconds creation_time_of(const SSL_SESSION* session) noexcept {
#if OPENSSL_VERSION_NUMBER >= 0x30300000L
  return SSL_SESSION_get_time_ex(session);
#else
  return SSL_SESSION_get_time(session);
#endif
}

}  // namespace detail
}  // namespace iostls
