// SPDX-License-Identifier: Apache-2.0
// The one place where OpenSSL's error queue becomes an ssl_error.
#pragma once

#include <string>
#include <system_error>

#include <iostls/ssl_error.hpp>

namespace iostls {
namespace detail {

// Makes an error of all that is in this thread's OpenSSL error queue, and leaves the queue empty.
// `message` says in words what was wrong, naming option and path where that applies; it may be
// empty.
ssl_error make_error(std::error_code code, const std::string& operation,
                     const std::string& message = {}, long verify_result = 0);

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
