// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <system_error>

#include "system/error_number.hpp"

namespace iostls {
namespace detail {

inline int socket_of(int fd) noexcept { return fd; }

inline void start_sockets() noexcept {}

// Why the last call has failed.
inline std::error_code socket_error() noexcept { return system_code(errno); }

}  // namespace detail
}  // namespace iostls
