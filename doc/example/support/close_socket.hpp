// SPDX-License-Identifier: Apache-2.0
// Closes a socket that no stream has taken over.
#pragma once

#ifdef _WIN32
#include <winsock2.h>
#else
#include <unistd.h>
#endif

namespace example {

inline void close_socket(int fd) noexcept {
#ifdef _WIN32
  ::closesocket(static_cast<SOCKET>(fd));
#else
  ::close(fd);
#endif
}

}  // namespace example
