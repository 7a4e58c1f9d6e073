// SPDX-License-Identifier: Apache-2.0
#include "system/file_content.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>

#include <openssl/crypto.h>

#include "system/sockets.hpp"

namespace iostls {
namespace detail {
namespace {

class file {
 public:
  explicit file(const std::string& path) : fd_(open(path)) {}
  file(const file&) = delete;
  file& operator=(const file&) = delete;
  ~file() {
    if (fd_ >= 0) close_descriptor(fd_);
  }
  int fd() const noexcept { return fd_; }

 private:
  static int open(const std::string& path) {
    int fd = -1;
    do {
      fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);  // NOLINT: a C function with a vararg
    } while (fd < 0 && errno == EINTR);
    return fd;
  }

  int fd_;
};

// A string that grows by itself leaves copies of a key behind; this one wipes what it gives up.
void reserve_wiped(std::string& text, std::size_t size) {
  if (size <= text.capacity()) return;
  std::string larger;
  larger.reserve(size);
  larger = text;
  wipe(text);
  text.swap(larger);
}

// Reads to the end of the file, or to INT_MAX, which is as much as a BIO takes. Returns an errno.
int read_all(int fd, std::size_t expected, std::string& text) {
  constexpr std::size_t step = 16 * 1024;
  reserve_wiped(text, expected + step);
  for (;;) {
    const std::size_t used = text.size();
    if (used > INT_MAX - step) return EFBIG;
    if (text.capacity() - used < step) reserve_wiped(text, 2 * text.capacity());
    text.resize(used + step);
    const ssize_t count = ::read(fd, &text[used], step);
    text.resize(used + (count > 0 ? static_cast<std::size_t>(count) : 0));
    if (count == 0) return 0;
    if (count < 0 && errno != EINTR) return errno;
  }
}

}  // namespace

int read_file(const std::string& path, std::string& content) {
  if (path.find('\0') != std::string::npos) return EINVAL;
  const file opened(path);
  struct stat status {};
  if (opened.fd() < 0 || ::fstat(opened.fd(), &status) != 0) return errno;
  const auto expected = static_cast<std::size_t>(std::clamp<off_t>(status.st_size, 0, 1 << 28));
  const int fault = read_all(opened.fd(), expected, content);
  if (fault != 0) wipe(content);
  return fault;
}

// A string that was moved from, or made shorter, holds characters beyond its end: short ones, which are in
// the string itself, in any case.
void wipe(std::string& secret) noexcept {
  secret.resize(secret.capacity());
  OPENSSL_cleanse(secret.data(), secret.size());
  secret.clear();
}

void take_secret(std::string& target, std::string& from) {
  const wiper guard(from);
  wipe(target);
  target.assign(from.data(), from.size());  // without a temporary object on the stack
}

}  // namespace detail
}  // namespace iostls
