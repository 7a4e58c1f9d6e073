// SPDX-License-Identifier: Apache-2.0
// Times of certificates and of what is said about them.
#pragma once

#include <ctime>
#include <string>

#include <openssl/asn1.h>

namespace iostls {
namespace detail {

// False, with nothing in OpenSSL's queue, if `time` is none.
bool read_time(const ASN1_TIME* time, std::time_t& result) noexcept;

// "2026-11-25 08:00:00 UTC".
std::string utc_text(std::time_t time);

}  // namespace detail
}  // namespace iostls
