// SPDX-License-Identifier: Apache-2.0
// Times in certificates, revocation lists and OCSP responses.
#pragma once

#include <cstdint>
#include <string>

#include <openssl/asn1.h>

namespace iostls {
namespace detail {

// Seconds since 1970. A std::time_t of 32 bits ends in 2038, before many certificates do.
using utc_seconds = std::int64_t;

// False, with nothing in OpenSSL's queue, if `time` is not a time.
bool read_time(const ASN1_TIME* time, utc_seconds& result) noexcept;

// "2026-11-25 08:00:00 UTC".
std::string utc_text(utc_seconds time);

}  // namespace detail
}  // namespace iostls
