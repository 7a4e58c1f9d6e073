// SPDX-License-Identifier: Apache-2.0
// Winsock, and how its sockets and errors become what the headers of system/ promise.
#pragma once

#include <cstddef>

#ifndef NOMINMAX
#define NOMINMAX
#endif
#ifndef WIN32_LEAN_AND_MEAN
#define WIN32_LEAN_AND_MEAN
#endif
// Afterwards the order is that of Microsoft's own documentation: winsock2.h before windows.h.
#include <winsock2.h>

#include <ws2tcpip.h>

#include <afunix.h>

#include <windows.h>

#include <system_error>

#include "system/error_number.hpp"

namespace iostls {
namespace detail {

// A SOCKET is kept in an int, as OpenSSL does: Windows uses no more than 32 bits of a handle.
inline SOCKET socket_of(int fd) noexcept {
  return fd < 0 ? INVALID_SOCKET : static_cast<SOCKET>(static_cast<unsigned>(fd));
}

// Winsock wants to be started before its first use; it is never ended, since sockets may outlive all else.
void start_sockets() noexcept;

// The errno that stands for an error of Winsock.
int errno_of_winsock(int code) noexcept;
void set_errno_of_winsock() noexcept;

// Why the last call has failed.
inline std::error_code socket_error() noexcept {
  return system_code(errno_of_winsock(::WSAGetLastError()));
}

// What Winsock returned, in the way of POSIX: -1 and errno if it failed.
int descriptor_of(SOCKET s) noexcept;
std::ptrdiff_t result_of(int n) noexcept;

// The errno that stands for an error of the rest of Windows.
int errno_of_windows(unsigned long code) noexcept;

}  // namespace detail
}  // namespace iostls
