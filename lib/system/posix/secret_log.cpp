// SPDX-License-Identifier: Apache-2.0
#include "system/secret_log.hpp"

#include <array>
#include <cerrno>
#include <cstdio>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "system/error_number.hpp"
#include "system/sockets.hpp"

namespace iostls {
namespace detail {
namespace {

int fd_of(std::intptr_t number) noexcept { return static_cast<int>(number); }

int open_log(const char* path) {
  constexpr int flags =
      O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW;
  int fd = -1;
  do {
    fd = ::open(path, flags, S_IRUSR | S_IWUSR);  // NOLINT: vararg
  } while (fd < 0 && errno == EINTR);
  return fd;
}

// Why the file was not opened. The error of open(2) for a symbolic link differs between systems.
std::string open_fault(const char* path, int number) {
  struct stat status {};
  const bool is_link = ::lstat(path, &status) == 0 && S_ISLNK(status.st_mode);
  return is_link ? "is a symbolic link, which is not followed; name the file itself"
                 : errno_text(number);
}

std::string octal(mode_t mode) {
  std::array<char, 8> digits{};
  std::snprintf(digits.data(), digits.size(), "%04o", static_cast<unsigned>(mode & 07777U));
  return digits.data();
}

// A device such as /dev/null keeps nothing.
std::string privacy_fault(int fd) {
  struct stat status {};
  if (::fstat(fd, &status) != 0) return errno_text(errno);
  if (S_ISCHR(status.st_mode)) return {};
  if (!S_ISREG(status.st_mode) && !S_ISFIFO(status.st_mode)) {
    return "is neither a regular file nor a FIFO";
  }
  if (status.st_uid != ::geteuid()) {
    return "belongs to another user (number " + std::to_string(status.st_uid) +
           "); secrets are written only to files of the user that the program runs as";
  }
  if ((status.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    return "has mode " + octal(status.st_mode) +
           ", so that other users have access; chmod 600 takes it from them";
  }
  return {};
}

}  // namespace

secret_log::secret_log(const std::string& path) : path_(path), file_(open_log(path_.c_str())) {
  if (file_ < 0) open_fault_ = errno;
}

secret_log::~secret_log() {
  if (file_ >= 0) close_descriptor(fd_of(file_));
}

std::string secret_log::fault() const {
  return file_ < 0 ? open_fault(path_.c_str(), open_fault_) : privacy_fault(fd_of(file_));
}

void secret_log::append(const char* data, std::size_t size) noexcept {
  while (size != 0) {
    const std::ptrdiff_t count = write_now(fd_of(file_), data, size);
    if (count <= 0) return;
    data += count;
    size -= static_cast<std::size_t>(count);
  }
}

}  // namespace detail
}  // namespace iostls
