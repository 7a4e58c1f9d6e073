// SPDX-License-Identifier: Apache-2.0
// Values of options as text, for finding out whether a session was made under the same values.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include <iostls/options.hpp>

#include "options/option.hpp"

namespace iostls {
namespace detail {

// Different values have different texts, except that all functions have the same text, and so have
// all pre-shared keys: see server_tickets.hpp. Options of a type without a function here cannot
// have the rule `same_value`.
std::string rule_text(const tls_method& method);
std::string rule_text(const std::string& words);
std::string rule_text(const std::vector<std::string>& list);
std::string rule_text(const std::vector<std::pair<std::string, std::string>>& commands);
std::string rule_text(const psk_source& psk);            // all functions have the same text
std::string rule_text(const verify_function& function);  // the same
inline std::string rule_text(verify_mode mode) { return std::to_string(static_cast<int>(mode)); }
inline std::string rule_text(int number) { return std::to_string(number); }
inline std::string rule_text(std::size_t number) { return std::to_string(number); }

// The value of an option, given as one row of option_list.hpp. An unset value has the text of the
// default, or, if that is not a constant, a special text.
template <class Row, class T>
std::string rule_text(const Row& row, bool is_server, const setting<T>& value) {
  if constexpr (Row::has_default) return rule_text(value.value_or(row.default_at(is_server)));
  return value.has_value() ? '+' + rule_text(value.value()) : "-";
}
template <class Row, class T>
std::string rule_text(const Row&, bool, const T& value) {
  return rule_text(value);
}

// SHA-256. Throws ssl_error if OpenSSL has none.
std::string hash_of(const std::string& text);

}  // namespace detail
}  // namespace iostls
