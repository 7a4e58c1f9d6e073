// SPDX-License-Identifier: Apache-2.0
// Values of options as text, for finding out whether a session was made under the same values.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <iostls/options.hpp>

#include "options/option.hpp"

namespace iostls {
namespace detail {

// Different values have different texts, except that all functions have the same text, and so have
// all pre-shared keys: see server_tickets.hpp. Options of a type without a function here cannot
// have the rule `same_value`.
std::string value_text(const tls_method& method);
std::string value_text(const std::string& words);
std::string value_text(const std::vector<std::string>& list);
std::string value_text(const std::vector<std::pair<std::string, std::string>>& commands);
std::string value_text(const psk_source& psk);            // all functions have the same text
std::string value_text(const verify_function& function);  // the same
inline std::string value_text(int number) { return std::to_string(number); }
inline std::string value_text(std::size_t number) { return std::to_string(number); }
template <class Rep, class Period>
std::string value_text(std::chrono::duration<Rep, Period> time) {
  return std::to_string(time.count());  // all values of one option have the same unit
}
template <class Enum, std::enable_if_t<std::is_enum<Enum>::value, int> = 0>
std::string value_text(Enum value) {
  return std::to_string(static_cast<int>(value));
}

// The value of an option, given as one row of option_list.hpp. An unset value has the text of the
// default, or, if that is not a constant, a special text.
template <class Row, class T>
std::string value_text(const Row& row, bool is_server, const setting<T>& value) {
  if constexpr (Row::has_default) return value_text(value.value_or(row.default_at(is_server)));
  return value.has_value() ? '+' + value_text(value.value()) : "-";
}
template <class Row, class T>
std::string value_text(const Row&, bool, const T& value) {
  return value_text(value);
}

// SHA-256. Throws ssl_error if OpenSSL has none.
std::string hash_of(const std::string& text);

}  // namespace detail
}  // namespace iostls
