// SPDX-License-Identifier: Apache-2.0
// Explains a failed connection to readers who do not know OpenSSL.
#pragma once

#include <string>
#include <string_view>
#include <system_error>

#include <openssl/ssl.h>

namespace iostls {
namespace detail {

// The text goes before OpenSSL's own reason, which is read from the newest entry of this thread's
// error queue; the queue is not changed. `first` is the beginning of what the peer has sent, as far
// as it was kept. Empty if there is nothing to add.
std::string failure_words(SSL* ssl, std::error_code kind, std::string_view first,
                          bool handshake_done);

}  // namespace detail
}  // namespace iostls
