// SPDX-License-Identifier: Apache-2.0
// Ports as numbers, for functions that take services as text.
#pragma once

#include <string>

namespace iostls {
namespace detail {

// Throws ssl_error (bad_configuration) for what is no port.
std::string port_text(int port);

}  // namespace detail
}  // namespace iostls
