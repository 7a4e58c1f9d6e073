// SPDX-License-Identifier: Apache-2.0
// Which kind of failure OpenSSL has run into.
#pragma once

#include <system_error>

namespace iostls {
namespace detail {

// Reads the newest entry of this thread's OpenSSL error queue, and leaves the queue as it is.
// `input_error` is what the transport has reported, if anything: it counts where the queue is empty.
std::error_code openssl_failure(std::error_code input_error, bool handshake_done) noexcept;

}  // namespace detail
}  // namespace iostls
