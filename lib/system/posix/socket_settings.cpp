// SPDX-License-Identifier: Apache-2.0
#include "system/socket_settings.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "system/environment.hpp"
#include "system/error_number.hpp"

namespace iostls {
namespace detail {
namespace {

// The number that a variable has; -1 if it has none.
long number_in(const char* variable) {
  const char* const text = trusted_variable(variable);
  if (text == nullptr || *text == '\0' || *text == '-') return -1;
  char* end = nullptr;
  const long number = std::strtol(text, &end, 10);
  return *end == '\0' ? number : -1;
}

}  // namespace

std::error_code share_port(int fd) noexcept {
  const int on = 1;
  const bool is_set = setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) == 0;
  return is_set ? std::error_code() : system_code(errno);
}

std::vector<int> handed_over_descriptors() {
  constexpr int first = 3;  // SD_LISTEN_FDS_START
  constexpr long most = 4096;
  std::vector<int> all;
  if (number_in("LISTEN_PID") != static_cast<long>(::getpid())) return all;
  const long count = std::min(number_in("LISTEN_FDS"), most);
  for (int fd = first; fd < first + count; ++fd) {
    if (fcntl(fd, F_SETFD, FD_CLOEXEC) == 0) all.push_back(fd);
  }
  return all;
}

}  // namespace detail
}  // namespace iostls
