// SPDX-License-Identifier: Apache-2.0
// The numbers of errno: as codes, and as text.
#pragma once

#include <string>
#include <system_error>

namespace iostls {
namespace detail {

// The category of these numbers: std::system_category() if that is about errno.
const std::error_category& error_number_category() noexcept;

// An error code of the operating system.
inline std::error_code system_code(int number) noexcept {
  return std::error_code(number, error_number_category());
}

// The text for an errno: "No such file or directory".
std::string errno_text(int number);

}  // namespace detail
}  // namespace iostls
