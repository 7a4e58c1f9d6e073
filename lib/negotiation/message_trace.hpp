// SPDX-License-Identifier: Apache-2.0
// The option message_trace.
#pragma once

#include <iosfwd>

#include <openssl/ssl.h>

namespace iostls {
namespace detail {

// Has a connection write its messages there; not if null.
void apply_message_trace(SSL* ssl, std::ostream* out);

// Whether OpenSSL's calls for this connection may use the program's ostream.
bool has_message_trace(const SSL* ssl) noexcept;

}  // namespace detail
}  // namespace iostls
