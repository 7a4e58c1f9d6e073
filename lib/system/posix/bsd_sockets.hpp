// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

namespace iostls {
namespace detail {

inline int socket_of(int fd) noexcept { return fd; }

inline void start_sockets() noexcept {}

}  // namespace detail
}  // namespace iostls
