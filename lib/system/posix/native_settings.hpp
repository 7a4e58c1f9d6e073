// SPDX-License-Identifier: Apache-2.0
// Names of the settings of sockets, for socket_settings.cpp.
#pragma once

#include <netinet/tcp.h>

#include "system/posix/bsd_sockets.hpp"

namespace iostls {
namespace detail {

// What not every system has: OpenBSD, for example, has none of these.
constexpr int no_such_setting = -1;

#if defined(TCP_KEEPIDLE)
constexpr int keep_idle = TCP_KEEPIDLE;
#elif defined(TCP_KEEPALIVE)
constexpr int keep_idle = TCP_KEEPALIVE;  // macOS's name
#else
constexpr int keep_idle = no_such_setting;
#endif

#ifdef TCP_KEEPINTVL
constexpr int keep_interval = TCP_KEEPINTVL;
#else
constexpr int keep_interval = no_such_setting;
#endif

#ifdef TCP_KEEPCNT
constexpr int keep_count = TCP_KEEPCNT;
#else
constexpr int keep_count = no_such_setting;
#endif

#ifdef TCP_USER_TIMEOUT
constexpr int output_timeout = TCP_USER_TIMEOUT;
#else
constexpr int output_timeout = no_such_setting;
#endif

// An address to connect from does not take a port before it is known which peer is called.
inline void choose_port_late(int fd) noexcept {
#ifdef IP_BIND_ADDRESS_NO_PORT
  const int on = 1;
  setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
#else
  static_cast<void>(fd);
#endif
}

}  // namespace detail
}  // namespace iostls
