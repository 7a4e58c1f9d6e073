// SPDX-License-Identifier: Apache-2.0
// The system's resolver: names of hosts and services become addresses.
#pragma once

#include <string>
#include <system_error>
#include <vector>

#include "system/socket_address.hpp"

namespace iostls {
namespace detail {

// An address, and what kind of socket reaches it.
struct endpoint {
  socket_address address;
  int type = 0;
  int protocol = 0;
};

enum class lookup {
  numbers,  // what is an address and a port number already, so that nobody needs to be asked
  names,
  own  // addresses to listen at; an empty host means all of this machine's
};

struct lookup_result {
  std::vector<endpoint> found;
  std::error_code failure;
};

// For streams of bytes. Takes as long as the resolver does. Its thread is not canceled
// meanwhile.
lookup_result resolve(const std::string& host, const std::string& service, lookup what) noexcept;

// What the resolver reports for what cannot be a host, or a service.
std::error_code unknown_host() noexcept;
std::error_code unknown_service() noexcept;

}  // namespace detail
}  // namespace iostls
