// SPDX-License-Identifier: Apache-2.0
#include "system/local_sockets.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstring>
#include <thread>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "system/posix/closed_on_exec.hpp"
#include "system/sockets.hpp"
#include "system/thread_cancellation.hpp"

namespace iostls {
namespace detail {
namespace {

struct local_address {
  explicit local_address(const std::string& path) noexcept {
    address.sun_family = AF_UNIX;
    const std::size_t length = std::min(path.size(), sizeof address.sun_path);
    std::memcpy(address.sun_path, path.data(), length);
    size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + length);
    if (is_abstract_name(path)) {
      address.sun_path[0] = '\0';
    } else {
      ++size;  // the NUL behind the path
    }
  }
  const sockaddr* get() const noexcept { return reinterpret_cast<const sockaddr*>(&address); }

  sockaddr_un address{};
  socklen_t size = 0;
};

// A process that may write to the folder may have put a link in the place of the socket, which must not lead
// to another file. Returns an errno.
int set_permissions(const std::string& path, mode_t permissions) noexcept {
  if (::fchmodat(AT_FDCWD, path.c_str(), permissions, AT_SYMLINK_NOFOLLOW) == 0) return 0;
  // Some C libraries cannot do that: musl needs /proc. A sandbox may forbid the system call.
  struct stat found {};
  if (::lstat(path.c_str(), &found) != 0) return errno;
  if (!S_ISSOCK(found.st_mode)) return ELOOP;
  return ::chmod(path.c_str(), permissions) == 0 ? 0 : errno;
}

}  // namespace

std::size_t longest_local_path() noexcept { return sizeof(sockaddr_un::sun_path) - 1; }

bool is_abstract_name(const std::string& path) noexcept {
#ifdef __linux__
  return !path.empty() && path[0] == '@';
#else
  static_cast<void>(path);
  return false;
#endif
}

int open_local_socket() noexcept {
  const no_cancellation uncanceled;
  const int fd = socket_closed_on_exec(AF_UNIX, SOCK_STREAM, 0);
  if (fd < 0) return fd;
  fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
  prepare_socket(fd);
  return fd;
}

int connect_local_now(int fd, const std::string& path) noexcept {
  const no_cancellation uncanceled;
  const local_address to(path);
  int result = 0;
  do {
    result = ::connect(fd, to.get(), to.size);
  } while (result != 0 && errno == EINTR);
  return result == 0 || errno == EISCONN ? 0 : errno;
}

int bind_local(int fd, const std::string& path, int permissions) noexcept {
  const no_cancellation uncanceled;
  const local_address at(path);
  const auto mode = static_cast<mode_t>(permissions);
  // On Linux, the file never has more than these; the process's umask may take some of them away.
  static_cast<void>(::fchmod(fd, mode));
  if (::bind(fd, at.get(), at.size) != 0) return errno;
  return is_abstract_name(path) ? 0 : set_permissions(path, mode);
}

int listen_now(int fd) noexcept { return ::listen(fd, SOMAXCONN) == 0 ? 0 : errno; }

bool is_socket_file(const std::string& path) noexcept {
  struct stat found {};
  return ::lstat(path.c_str(), &found) == 0 && S_ISSOCK(found.st_mode);
}

bool remove_file(const std::string& path) noexcept { return ::unlink(path.c_str()) == 0; }

file_identity::file_identity(const std::string& path) noexcept {
  struct stat found {};
  if (::lstat(path.c_str(), &found) != 0) return;
  device_ = found.st_dev;
  number_ = found.st_ino;
  process_ = ::getpid();
}

bool file_identity::is_still(const std::string& path) const noexcept {
  const file_identity now(path);
  return process_ != 0 && now.device_ == device_ && now.number_ == number_;
}

bool file_identity::is_of_this_process() const noexcept { return process_ == ::getpid(); }

folder_lock::folder_lock(const std::string& path) noexcept {
  const no_cancellation uncanceled;
  constexpr int attempts = 200;
  constexpr std::chrono::milliseconds interval(10);
  if (is_abstract_name(path)) return;
  try {
    const std::size_t slash = path.rfind('/');
    const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
    fd_ = ::open(folder.c_str(), O_RDONLY | O_CLOEXEC);
  } catch (...) {
    return;
  }
  for (int i = 0; fd_ >= 0 && i != attempts && ::flock(fd_, LOCK_EX | LOCK_NB) != 0; ++i) {
    if (errno != EWOULDBLOCK && errno != EINTR) return;
    std::this_thread::sleep_for(interval);
  }
}

folder_lock::~folder_lock() {
  if (fd_ >= 0) close_descriptor(fd_);
}

}  // namespace detail
}  // namespace iostls
