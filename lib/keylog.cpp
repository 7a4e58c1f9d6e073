// SPDX-License-Identifier: Apache-2.0
#include "keylog.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <mutex>
#include <new>
#include <utility>

#include <openssl/crypto.h>

#include "context_slot.hpp"
#include "error.hpp"
#include "posix_socket.hpp"

namespace iostls {
namespace detail {
namespace {

// What is opened here can only be written to its end, so that lines of several processes stay whole.
// A FIFO without a reader is an error instead of a wait.
int open_keylog(const char* path) {
  int fd = -1;
  do {
    fd = ::open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NONBLOCK,  // NOLINT: vararg
                S_IRUSR | S_IWUSR);
  } while (fd < 0 && errno == EINTR);
  return fd;
}

class keylog {
 public:
  // errno tells why it is not open then.
  explicit keylog(const char* path) noexcept : fd_(open_keylog(path)) {}
  keylog(const keylog&) = delete;
  keylog& operator=(const keylog&) = delete;
  ~keylog() {
    if (is_open()) close_descriptor(fd_);
  }
  bool is_open() const noexcept { return fd_ >= 0; }

  // A log that cannot be written is no reason to let a connection fail.
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
  keylog* const log = context_slot<keylog>::get(ssl);
  if (log != nullptr) log->write_line(line);
}

}  // namespace

void apply_keylog(SSL_CTX* ctx, const std::string& path) {
  if (path.empty()) return;
  if (path.find('\0') != std::string::npos) {
    throw_option_error(ssl_errc::bad_configuration, "keylog_file",
                       "the path: has a NUL character in it");
  }
  auto log = std::make_unique<keylog>(path.c_str());
  if (!log->is_open()) {
    throw_option_error(ssl_errc::bad_configuration, "keylog_file",
                       "\"" + path + "\": " + errno_text(errno));
  }
  context_slot<keylog>::put(ctx, std::move(log));
  SSL_CTX_set_keylog_callback(ctx, log_key);
}

}  // namespace detail
}  // namespace iostls
