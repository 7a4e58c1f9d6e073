// SPDX-License-Identifier: Apache-2.0
// What a function of the user's has thrown while OpenSSL's C code, which knows no exceptions, was
// calling it.
#pragma once

#include <exception>
#include <string>

#include <openssl/ssl.h>

namespace iostls {
namespace detail {

// To be called while the exception is handled; the callback then has to let the handshake fail. The
// first one counts.
void keep_callback_exception(SSL* ssl) noexcept;

// Whether one is kept.
bool callback_has_thrown(const SSL* ssl) noexcept;

// What was kept, which then is not kept any more; null if there is nothing.
std::exception_ptr take_callback_exception(SSL* ssl) noexcept;

// The words of an exception.
std::string words_of(const std::exception_ptr& thrown);

}  // namespace detail
}  // namespace iostls
