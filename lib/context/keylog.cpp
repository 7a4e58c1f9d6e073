// SPDX-License-Identifier: Apache-2.0
#include "context/keylog.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <mutex>
#include <new>
#include <utility>

#include <openssl/crypto.h>

#include "base/redacted_path.hpp"
#include "openssl/ctx_ex_data.hpp"
#include "openssl/error.hpp"
#include "system/sockets.hpp"

namespace iostls {
namespace detail {
namespace {

// O_APPEND, so that lines of several processes stay whole. A FIFO without a reader is an error
// instead of a wait. Another user's symbolic link must not lead the secrets, or their reader, to
// another file.
int open_keylog(const char* path) {
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

// Why secrets must not be written there; empty if they may. A device such as /dev/null keeps
// nothing.
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

class keylog {
 public:
  // errno has the reason if the file is not open afterwards.
  explicit keylog(const char* path) noexcept : fd_(open_keylog(path)) {}
  std::string privacy_fault() const { return detail::privacy_fault(fd_); }
  keylog(const keylog&) = delete;
  keylog& operator=(const keylog&) = delete;
  ~keylog() {
    if (is_open()) close_descriptor(fd_);
  }
  bool is_open() const noexcept { return fd_ >= 0; }

  // A connection must not fail because its log cannot be written.
  void write_line(const char* text) noexcept {
    const std::size_t size = std::strlen(text) + 1;
    const std::unique_ptr<char[]> line(new (std::nothrow) char[size]);
    if (line == nullptr) return;
    std::memcpy(line.get(), text, size - 1);
    line[size - 1] = '\n';
    {
      const std::lock_guard<std::mutex> l(mutex_);
      write_all(line.get(), size);
    }
    OPENSSL_cleanse(line.get(), size);
  }

 private:
  void write_all(const char* data, std::size_t size) noexcept {
    while (size != 0) {
      const ssize_t count = write_now(fd_, data, size);
      if (count <= 0) return;
      data += count;
      size -= static_cast<std::size_t>(count);
    }
  }

  const int fd_;
  std::mutex mutex_;
};

extern "C" void log_key(const SSL* ssl, const char* line) noexcept {
  keylog* const log = ctx_ex_data<keylog>::get(ssl);
  if (log != nullptr) log->write_line(line);
}

[[noreturn]] void refuse(const std::string& name, const std::string& reason) {
  throw_option_error(ssl_errc::bad_configuration, "keylog_file", name + ": " + reason);
}

}  // namespace

void apply_keylog(SSL_CTX* ctx, const std::string& path) {
  if (path.empty()) return;
  if (path.find('\0') != std::string::npos) refuse("the path", "has a NUL character in it");
  auto log = std::make_unique<keylog>(path.c_str());
  const std::string fault = log->is_open() ? log->privacy_fault() : open_fault(path.c_str(), errno);
  if (!fault.empty()) refuse(redacted_path(path), fault);
  ctx_ex_data<keylog>::put(ctx, std::move(log));
  SSL_CTX_set_keylog_callback(ctx, log_key);
}

}  // namespace detail
}  // namespace iostls
