// SPDX-License-Identifier: Apache-2.0
// TCP on 127.0.0.1, for the descriptor.cpp of each system. A socket is what that system's functions take,
// and `check(ok, call)` throws the system's error unless `ok`.
#pragma once

#ifdef _WIN32
#include "windows/winsock.hpp"
#else
#include <netinet/in.h>
#include <sys/socket.h>
#endif

namespace iostls {
namespace test {

inline sockaddr_in loopback(unsigned short port = 0) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  return address;
}

// Returns the port.
template <class Socket, class Check>
unsigned short listen_on_free_port(Socket socket, int backlog, const Check& check) {
  sockaddr_in address = loopback();
  socklen_t size = sizeof address;
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  check(::bind(socket, generic, size) == 0, "bind");
  check(::listen(socket, backlog) == 0, "listen");
  check(::getsockname(socket, generic, &size) == 0, "getsockname");
  return ntohs(address.sin_port);
}

template <class Socket, class Check>
void connect_to_port(Socket socket, unsigned short port, const Check& check) {
  const sockaddr_in address = loopback(port);
  const auto* const generic = reinterpret_cast<const sockaddr*>(&address);
  check(::connect(socket, generic, sizeof address) == 0, "connect");
}

}  // namespace test
}  // namespace iostls
