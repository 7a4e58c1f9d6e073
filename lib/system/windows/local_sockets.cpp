// SPDX-License-Identifier: Apache-2.0
// Windows has local sockets since version 10, 1803, but no way to give one to its owner alone from the
// beginning: these are not offered.
#include "system/local_sockets.hpp"

#include <cerrno>

#include "system/windows/winsock.hpp"

namespace iostls {
namespace detail {

std::size_t longest_local_path() noexcept { return sizeof(sockaddr_un::sun_path) - 1; }

bool is_abstract_name(const std::string& /*path*/) noexcept { return false; }

int open_local_socket() noexcept {
  errno = EAFNOSUPPORT;
  return -1;
}

int connect_local_now(int /*fd*/, const std::string& /*path*/) noexcept { return EAFNOSUPPORT; }

int bind_local(int /*fd*/, const std::string& /*path*/, int /*permissions*/) noexcept {
  return EAFNOSUPPORT;
}

int listen_now(int /*fd*/) noexcept { return EAFNOSUPPORT; }

bool is_socket_file(const std::string& /*path*/) noexcept { return false; }

bool remove_file(const std::string& /*path*/) noexcept { return false; }

file_identity::file_identity(const std::string& /*path*/) noexcept {}

bool file_identity::is_still(const std::string& /*path*/) const noexcept { return false; }

bool file_identity::is_of_this_process() const noexcept { return false; }

folder_lock::folder_lock(const std::string& /*path*/) noexcept {}

folder_lock::~folder_lock() = default;

}  // namespace detail
}  // namespace iostls
