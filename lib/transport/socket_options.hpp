// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <iostls/socket_options.hpp>

namespace iostls {
namespace detail {

// Throws ssl_error (`bad_configuration`) for values that make no sense, whatever the system thinks of them.
void check_socket_options(const socket_options& options);

// Throws ssl_error for a socket of another type than SOCK_STREAM: TLS needs all bytes in their order.
void require_stream_socket(int fd, const char* operation);

}  // namespace detail
}  // namespace iostls
