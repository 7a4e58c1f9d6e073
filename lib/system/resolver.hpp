// SPDX-License-Identifier: Apache-2.0
// The system's resolver: turns names of hosts and services into addresses.
#pragma once

#include <string>
#include <system_error>
#include <vector>

#include "system/socket_address.hpp"

namespace iostls {
namespace detail {

// An address, and the kind of socket that reaches it.
struct endpoint {
  socket_address address;
  int type = 0;
  int protocol = 0;
};

enum class lookup {
  numbers,  // already an address and a port number: no name server is asked
  names,
  own  // addresses to listen on; an empty host means all of this machine's
};

struct lookup_result {
  std::vector<endpoint> found;
  std::error_code failure;
};

// For TCP. Takes as long as the resolver does. The thread is not canceled meanwhile.
lookup_result resolve(const std::string& host, const std::string& service, lookup what) noexcept;

// The resolver's errors for what cannot be a host, or a service.
std::error_code unknown_host() noexcept;
std::error_code unknown_service() noexcept;

}  // namespace detail
}  // namespace iostls
