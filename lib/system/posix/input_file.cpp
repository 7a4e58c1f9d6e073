// SPDX-License-Identifier: Apache-2.0
#include "system/input_file.hpp"

#include <cerrno>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "system/sockets.hpp"

namespace iostls {
namespace detail {
namespace {

bool is_regular(int fd) noexcept {
  struct stat status {};
  return ::fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
}

}  // namespace

input_file::input_file(const std::string& path, named_pipe what_if) {
  const int flags =
      O_RDONLY | O_CLOEXEC | (what_if == named_pipe::wait_for_writer ? 0 : O_NONBLOCK);
  do {
    fd_ = ::open(path.c_str(), flags);  // NOLINT: a C function with a vararg
  } while (fd_ < 0 && errno == EINTR);
  if (fd_ < 0) fault_ = errno;
  if (fd_ >= 0 && what_if == named_pipe::refuse && !is_regular(fd_)) fault_ = EINVAL;
}

input_file::~input_file() {
  if (fd_ >= 0) close_descriptor(fd_);
}

std::size_t input_file::size() const noexcept {
  struct stat status {};
  const bool is_known = ::fstat(fd_, &status) == 0 && status.st_size > 0;
  return is_known ? static_cast<std::size_t>(status.st_size) : 0;
}

std::ptrdiff_t input_file::read(void* data, std::size_t size) {
  ssize_t count = 0;
  do {
    count = ::read(fd_, data, size);
  } while (count < 0 && errno == EINTR);
  return count;
}

}  // namespace detail
}  // namespace iostls
