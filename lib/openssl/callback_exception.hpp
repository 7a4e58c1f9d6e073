// SPDX-License-Identifier: Apache-2.0
// Exceptions that a user's function throws inside a callback of OpenSSL. C code must not see them,
// so they are kept until OpenSSL has returned.
#pragma once

#include <exception>
#include <string>

#include <openssl/ssl.h>

namespace iostls {
namespace detail {

// Keeps the exception that is being handled. The callback must then make the handshake fail. Only
// the first exception is kept.
void keep_callback_exception(SSL* ssl) noexcept;

// Whether an exception is kept.
bool callback_has_thrown(const SSL* ssl) noexcept;

// Returns the kept exception and forgets it; null if there is none.
std::exception_ptr take_callback_exception(SSL* ssl) noexcept;

// The message of an exception.
std::string words_of(const std::exception_ptr& thrown);

}  // namespace detail
}  // namespace iostls
