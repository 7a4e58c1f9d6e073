// SPDX-License-Identifier: Apache-2.0
// Descriptors that are closed with their scope, and connected pairs of them.
#pragma once

#include <chrono>
#include <string>
#include <utility>

namespace iostls {
namespace test {

class descriptor {
 public:
  explicit descriptor(int fd = -1) noexcept : fd_(fd) {}
  descriptor(descriptor&& other) noexcept : fd_(other.release()) {}
  descriptor& operator=(descriptor&& other) noexcept {
    reset(other.release());
    return *this;
  }
  ~descriptor() { reset(); }

  int get() const noexcept { return fd_; }
  int release() noexcept { return std::exchange(fd_, -1); }
  void reset(int fd = -1) noexcept;
  explicit operator bool() const noexcept { return fd_ >= 0; }

 private:
  int fd_;
};

struct descriptor_pair {
  descriptor a, b;
};

// Two connected stream sockets, AF_UNIX.
descriptor_pair socket_pair();

// Two connected TCP sockets on the loopback interface; `a` has connected, `b` was accepted.
// With a receive buffer size other than 0, that is set on both before they connect.
descriptor_pair tcp_pair(int receive_buffer = 0);

// A listening TCP socket on 127.0.0.1 and its port.
struct listening {
  descriptor fd;
  unsigned short port;
};
listening listen_on_loopback(int backlog = 16);

// Whether input (or an end) is there within the time.
bool wait_readable(int fd, std::chrono::milliseconds limit = std::chrono::seconds(10));

// Sets SO_LINGER to zero and closes: the other end sees a reset.
void reset_connection(descriptor fd);

// Makes reads and writes on the socket fail with EAGAIN after the time.
void set_timeouts(int fd, std::chrono::milliseconds limit);

// Reads until the end, an error, or `limit` characters; blocks.
std::string read_raw(int fd, std::size_t limit = static_cast<std::size_t>(-1));

// Writes all without raising SIGPIPE; false if that failed.
bool write_raw(int fd, const std::string& data);

}  // namespace test
}  // namespace iostls
