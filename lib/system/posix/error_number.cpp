// SPDX-License-Identifier: Apache-2.0
#include "system/error_number.hpp"

namespace iostls {
namespace detail {

const std::error_category& error_number_category() noexcept { return std::system_category(); }

std::string errno_text(int number) { return error_number_category().message(number); }

}  // namespace detail
}  // namespace iostls
