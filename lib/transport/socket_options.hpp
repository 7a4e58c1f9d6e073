// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <iostls/socket_options.hpp>

namespace iostls {
namespace detail {

// Throws ssl_error (`bad_configuration`) for values that make no sense, whatever the system thinks of them.
void check_socket_options(const socket_options& options);

}  // namespace detail
}  // namespace iostls
