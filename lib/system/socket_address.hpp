// SPDX-License-Identifier: Apache-2.0
// Addresses of sockets as text.
#pragma once

#include <string>

#include <sys/socket.h>

namespace iostls {
namespace detail {

// "192.0.2.1:443", "[2001:db8::1]:443", "unix:/run/x", "unix:@name" for an abstract one; an IPv4 address
// inside of IPv6 is shown as IPv4. Empty where there is no address, or one of another family.
std::string address_text(const sockaddr* address, socklen_t size);

// Of the two ends of a socket; empty if the descriptor has none.
std::string peer_address_text(int fd);
std::string local_address_text(int fd);

// "example.org:443", "[2001:db8::1]:443".
std::string host_and_port(const std::string& host, const std::string& port);

}  // namespace detail
}  // namespace iostls
