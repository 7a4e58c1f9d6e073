// SPDX-License-Identifier: Apache-2.0
#include "tcp_socket.hpp"

#include <cerrno>
#include <iostream>
#include <stdexcept>
#include <system_error>

#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

int listen_and_say_where() {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* const any = reinterpret_cast<sockaddr*>(&address);
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  if (fd < 0 || bind(fd, any, size) != 0 || listen(fd, SOMAXCONN) != 0 ||
      getsockname(fd, any, &size) != 0) {
    throw std::system_error(errno, std::generic_category(), "listen");
  }
  std::cout << "port " << ntohs(address.sin_port) << std::endl;
  return fd;
}

int connect_to(const std::string& host, const std::string& service) {
  addrinfo wanted{};
  wanted.ai_socktype = SOCK_STREAM;
  addrinfo* all = nullptr;
  if (const int error = getaddrinfo(host.c_str(), service.c_str(), &wanted, &all); error != 0) {
    throw std::runtime_error(gai_strerror(error));
  }
  int fd = -1;
  for (addrinfo* each = all; fd < 0 && each != nullptr; each = each->ai_next) {
    fd = socket(each->ai_family, each->ai_socktype, each->ai_protocol);
    if (fd >= 0 && connect(fd, each->ai_addr, each->ai_addrlen) != 0) {
      close(fd);
      fd = -1;
    }
  }
  freeaddrinfo(all);
  if (fd < 0) throw std::runtime_error("cannot connect to " + host);
  return fd;
}
