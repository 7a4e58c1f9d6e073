// SPDX-License-Identifier: Apache-2.0
// Times of certificates and of what is said about them.
#pragma once

#include <cstdint>
#include <string>

#include <openssl/asn1.h>

namespace iostls {
namespace detail {

// Seconds since 1970. Where std::time_t has 32 bits, it ends in 2038, before many certificates do.
using utc_seconds = std::int64_t;

// False, with nothing in OpenSSL's queue, if `time` is none.
bool read_time(const ASN1_TIME* time, utc_seconds& result) noexcept;

// "2026-11-25 08:00:00 UTC".
std::string utc_text(utc_seconds time);

}  // namespace detail
}  // namespace iostls
