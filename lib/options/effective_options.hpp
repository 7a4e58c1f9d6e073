// SPDX-License-Identifier: Apache-2.0
// Which value applies: the connection's, its context's, or the default.
#pragma once

#include <iostls/options.hpp>

#include "options/option_list.hpp"

namespace iostls {
namespace detail {

// The value of one option: the connection's own, or else that of its context.
template <class T>
const setting<T>& effective(const setting<T>& base, const setting<T>& own) noexcept {
  return own.has_value() ? own : base;
}

// The same, or else the default: value_of<&connection_options::max_depth>(is_server, base, own).
template <auto Member>
auto value_of(bool is_server, const connection_options& base, const connection_options& own) {
  return effective(base.*Member, own.*Member).value_or(default_of<Member>(is_server));
}

// That of a context.
template <auto Member, class Options>
auto value_of(bool is_server, const Options& options) {
  return (options.*Member).value_or(default_of<Member>(is_server));
}

// Whether any option has a value whose row the function selects.
template <class Select>
bool is_any_set(const connection_options& options, const Select& selects) {
  bool found = false;
  for_each_connection_option([&](const auto& row) {
    found = found || (selects(row) && (options.*row.member).has_value());
  });
  return found;
}

// The same of all options.
inline bool is_any_set(const connection_options& options) noexcept {
  return is_any_set(options, [](const auto&) { return true; });
}

// `effective` for all of them.
connection_options merged(const connection_options& base, const connection_options& own);

// Throw ssl_error (bad_configuration), naming the option, unless every value that is set makes sense by
// itself. They do not look at combinations.
void check_values(bool is_server, const connection_options& options);
void check_values(bool is_server, const context_options& options);

// By default a client verifies its peer, and a server does not ask for a certificate.
inline verify_mode verify_of(bool is_server, const setting<verify_mode>& verify) {
  return verify.value_or(default_of<&connection_options::verify>(is_server));
}

}  // namespace detail
}  // namespace iostls
