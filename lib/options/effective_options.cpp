// SPDX-License-Identifier: Apache-2.0
#include "options/effective_options.hpp"

#include "openssl/error.hpp"

namespace iostls {
namespace detail {
namespace {

template <class T>
const T* given(const setting<T>& option) {
  return option.has_value() ? &option.value() : nullptr;
}
template <class T>
const T* given(const T& option) {
  return &option;
}

// For a row of the list.
template <class Options>
auto check_of(bool is_server, const Options& options) {
  return [is_server, &options](const auto& row) {
    const auto* const value = given(options.*row.member);
    if (row.fault == nullptr || value == nullptr) return;
    const std::string fault = row.fault(is_server, *value);
    if (!fault.empty()) throw_option_error(ssl_errc::bad_configuration, row.name, fault);
  };
}

}  // namespace

connection_options merged(const connection_options& base, const connection_options& own) {
  connection_options result = base;
  for_each_connection_option([&](const auto& row) {
    if ((own.*row.member).has_value()) result.*row.member = own.*row.member;
  });
  return result;
}

void check_values(bool is_server, const connection_options& options) {
  for_each_connection_option(check_of(is_server, options));
}

void check_values(bool is_server, const context_options& options) {
  for_each_connection_option(check_of(is_server, options));
  for_each_context_option(check_of(is_server, options));
}

}  // namespace detail
}  // namespace iostls
