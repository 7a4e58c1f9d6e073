// SPDX-License-Identifier: Apache-2.0
// The one place where OpenSSL's error queue becomes an ssl_error.
#pragma once

#include <exception>
#include <string>
#include <string_view>
#include <system_error>

#include <iostls/ssl_error.hpp>

namespace iostls {
namespace detail {

// Makes an error of all that is in this thread's OpenSSL error queue, or of nothing else if OpenSSL
// has no part in a failure of this kind, and leaves the queue empty.
// `message` describes what was wrong, naming option and path where that applies; it may be
// empty. `advice` explains what that means, and what to do. Where memory is short, the result is `out_of_memory()`.
ssl_error make_error(std::error_code code, std::string_view operation,
                     std::string_view message = {}, long verify_result = 0,
                     std::string_view advice = {});

// Copying it needs no memory. It exists once a context does; the first call needs memory.
const ssl_error& out_of_memory();

// The exception that is being handled as an ssl_error, if it is one or memory was short. What else
// it may be, such as a callback's, is thrown on.
ssl_error as_ssl_error(const std::exception& handled);

// Throws the same. An ssl_error is thrown as it is, since another exception may be nested in it.
[[noreturn]] void throw_as_ssl_error(const std::exception& handled);

// For options: throws make_error(kind, option, "option: message").
[[noreturn]] void throw_option_error(ssl_errc kind, const std::string& option,
                                     const std::string& message);

// The words for an errno: "No such file or directory".
std::string errno_text(int number);

// A code of the operating system.
inline std::error_code system_code(int number) {
  return std::error_code(number, std::system_category());
}

}  // namespace detail
}  // namespace iostls
