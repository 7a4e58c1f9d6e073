// SPDX-License-Identifier: Apache-2.0
// Which value applies: the connection's, its context's, or the default.
#pragma once

#include <iostls/options.hpp>

namespace iostls {
namespace detail {

// The value of one option: the connection's own, or else that of its context.
template <class T>
const setting<T>& effective(const setting<T>& base, const setting<T>& own) noexcept {
  return own.has_value() ? own : base;
}

// By default a client verifies its peer, and a server does not ask for a certificate.
inline verify_mode verify_of(bool is_server, const setting<verify_mode>& verify) {
  return verify.value_or(is_server ? verify_mode::none : verify_mode::required);
}

}  // namespace detail
}  // namespace iostls
