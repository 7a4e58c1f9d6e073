// SPDX-License-Identifier: Apache-2.0
// Options of sockets that a program may set.
#pragma once

#include <string>
#include <system_error>
#include <vector>

#include <iostls/socket_options.hpp>

#include "system/socket_address.hpp"

namespace iostls {
namespace detail {

// The option that could not be set, and why; null: none.
struct setting_failure {
  const char* option = nullptr;
  std::error_code why;
};
setting_failure apply_settings(int fd, const socket_options& options) noexcept;

// Binds to an address of this machine, of the protocol of the address that is to be connected to.
std::error_code bind_to(int fd, const std::string& address, const socket_address& to) noexcept;

// Before listening.
std::error_code share_port(int fd) noexcept;

// What LISTEN_FDS names, if LISTEN_PID is this process.
std::vector<int> handed_over_descriptors();

}  // namespace detail
}  // namespace iostls
