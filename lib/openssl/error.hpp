// SPDX-License-Identifier: Apache-2.0
// The only place where OpenSSL's error queue becomes an ssl_error.
#pragma once

#include <exception>
#include <string>
#include <string_view>
#include <system_error>

#include <iostls/ssl_error.hpp>

#include "system/error_number.hpp"

namespace iostls {
namespace detail {

// Makes an error of everything in this thread's OpenSSL error queue, or without the queue if
// OpenSSL has no part in a failure of this kind, and empties the queue. `message` describes what
// was wrong, and names option and path where that applies; it may be empty. `advice` explains what
// that means, and what to do. `ech_retry_configs` is for `ech_rejected`. If memory is short, the
// result is `out_of_memory()`.
ssl_error make_error(std::error_code code, std::string_view operation,
                     std::string_view message = {}, long verify_result = 0,
                     std::string_view advice = {}, std::string_view ech_retry_configs = {});

// Copying it needs no memory. The first call needs some; a context makes that call.
const ssl_error& out_of_memory();

// Returns the exception that is being handled as an ssl_error if it is one, or if memory was short.
// Rethrows any other exception, such as one from a user's callback.
ssl_error as_ssl_error(const std::exception& handled);

// Throws the same error. An ssl_error is rethrown as it is, since another exception may be nested
// in it.
[[noreturn]] void throw_as_ssl_error(const std::exception& handled);

// For options: throws make_error(kind, option, "option: message").
[[noreturn]] void throw_option_error(ssl_errc kind, const std::string& option,
                                     const std::string& message);

}  // namespace detail
}  // namespace iostls
