// SPDX-License-Identifier: Apache-2.0
// Classifies a failure of OpenSSL.
#pragma once

#include <system_error>

namespace iostls {
namespace detail {

// Reads the newest entry of this thread's OpenSSL error queue, and leaves the queue unchanged.
// `input_error` is the transport's error, if any; it is used if the queue is empty.
std::error_code openssl_failure(std::error_code input_error, bool handshake_done) noexcept;

}  // namespace detail
}  // namespace iostls
