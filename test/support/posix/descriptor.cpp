// SPDX-License-Identifier: Apache-2.0
#include "descriptor.hpp"

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <thread>
#include <utility>

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "loopback.hpp"
#include "socket_calls.hpp"

namespace iostls {
namespace test {
namespace {

void check(bool ok, const char* call) {
  if (!ok) throw std::system_error(errno, std::system_category(), call);
}

int checked(int result, const char* call) {
  check(result >= 0, call);
  return result;
}

descriptor tcp_socket(int receive_buffer) {
  descriptor fd(checked(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket"));
  if (receive_buffer != 0) {
    checked(::setsockopt(fd.get(), SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer),
            "SO_RCVBUF");
  }
  return fd;
}

listening listen_with(int receive_buffer, int backlog) {
  descriptor fd = tcp_socket(receive_buffer);
  const unsigned short port = listen_on_free_port(fd.get(), backlog, check);
  return {std::move(fd), port};
}

}  // namespace

void descriptor::reset(int fd) noexcept {
  if (fd_ >= 0) ::close(fd_);
  fd_ = fd;
}

descriptor_pair socket_pair() {
  int fds[2];
  checked(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), "socketpair");
  return {descriptor(fds[0]), descriptor(fds[1])};
}

listening listen_on_loopback(int backlog) { return listen_with(0, backlog); }

descriptor_pair tcp_pair(int receive_buffer) {
  const listening listener = listen_with(receive_buffer, 1);
  descriptor client = tcp_socket(receive_buffer);
  connect_to_port(client.get(), listener.port, check);
  descriptor server(
      checked(::accept4(listener.fd.get(), nullptr, nullptr, SOCK_CLOEXEC), "accept"));
  return {std::move(client), std::move(server)};
}

bool is_open(int fd) { return ::fcntl(fd, F_GETFD) != -1; }

bool wait_readable(int fd, std::chrono::milliseconds limit) {
  pollfd p{fd, POLLIN, 0};
  return ::poll(&p, 1, static_cast<int>(limit.count())) == 1;
}

bool wait_hung_up(int fd, std::chrono::milliseconds limit) {
  pollfd p{fd, POLLRDHUP, 0};
  return ::poll(&p, 1, static_cast<int>(limit.count())) == 1;
}

void send_at_once(int fd) {
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

std::ptrdiff_t receive_some(int fd, char* data, std::size_t size) {
  return ::recv(fd, data, size, 0);
}

bool peek_byte(int fd) {
  char peeked;
  return ::recv(fd, &peeked, 1, MSG_PEEK) > 0;
}

int unread_bytes(int fd) {
  int count = -1;
  return ::ioctl(fd, FIONREAD, &count) == 0 ? count : -1;
}

void end_output(int fd) { ::shutdown(fd, SHUT_WR); }

void end_input(int fd) { ::shutdown(fd, SHUT_RD); }

void set_send_buffer(int fd, int size) {
  checked(::setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size), "SO_SNDBUF");
}

int flags_of(int fd) { return checked(::fcntl(fd, F_GETFL), "F_GETFL"); }

void make_non_blocking(int fd) {
  checked(::fcntl(fd, F_SETFL, flags_of(fd) | O_NONBLOCK), "F_SETFL");
}

descriptor duplicate(int fd) {
  return descriptor(checked(::fcntl(fd, F_DUPFD_CLOEXEC, 0), "F_DUPFD_CLOEXEC"));
}

// The lowest number that is free may be this one.
descriptor stranger_at(int number) {
  descriptor other(checked(::open("/dev/null", O_RDONLY | O_CLOEXEC), "open"));
  if (other.get() == number) return other;
  descriptor copy(checked(::fcntl(other.get(), F_DUPFD_CLOEXEC, number), "F_DUPFD_CLOEXEC"));
  return copy.get() == number ? std::move(copy) : descriptor();
}

descriptor_pair pipe_pair() {
  int ends[2];
  checked(::pipe2(ends, O_CLOEXEC), "pipe2");
  return {descriptor(ends[0]), descriptor(ends[1])};
}

void without_descriptors(const std::function<void()>& call) {
  rlimit before{};
  checked(::getrlimit(RLIMIT_NOFILE, &before), "getrlimit");
  rlimit none = before;
  // The lowest that is free is not allowed, then. poll(2) wants to be allowed as many as it is given.
  none.rlim_cur = static_cast<rlim_t>(duplicate(0).get());
  checked(::setrlimit(RLIMIT_NOFILE, &none), "setrlimit");
  call();
  checked(::setrlimit(RLIMIT_NOFILE, &before), "setrlimit");
}

descriptor connecting_to(unsigned short port) {
  descriptor fd(
      checked(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), "socket"));
  const sockaddr_in address = loopback(port);
  ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
  return fd;
}

// Not close(2), as the other thread may be using the number. A connect to AF_UNSPEC is how TCP is
// told to reset a connection whose descriptor stays open.
void end_both(int fd, bool reset) {
  if (reset) {
    const sockaddr nobody{AF_UNSPEC, {}};
    while (::connect(fd, &nobody, sizeof nobody) != 0 && errno == EBUSY) {
      ::shutdown(fd, SHUT_RD);  // the other thread is in recv(2)
      std::this_thread::yield();
    }
  }
  ::shutdown(fd, SHUT_RDWR);
}

void reset_connection(descriptor fd) {
  const linger now{1, 0};
  checked(::setsockopt(fd.get(), SOL_SOCKET, SO_LINGER, &now, sizeof now), "SO_LINGER");
}

void set_timeouts(int fd, std::chrono::milliseconds limit) {
  timeval t{};
  t.tv_sec = limit.count() / 1000;
  t.tv_usec = (limit.count() % 1000) * 1000;
  checked(::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &t, sizeof t), "SO_RCVTIMEO");
  checked(::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &t, sizeof t), "SO_SNDTIMEO");
}

std::string read_raw(int fd, std::size_t limit) {
  std::string data;
  char block[16384];
  while (data.size() < limit) {
    const ssize_t n = ::read(fd, block, std::min(sizeof block, limit - data.size()));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    data.append(block, static_cast<std::size_t>(n));
  }
  return data;
}

bool write_raw(int fd, const std::string& data) {
  for (std::size_t done = 0; done != data.size();) {
    const ssize_t n = ::send(fd, data.data() + done, data.size() - done, MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return false;
    done += static_cast<std::size_t>(n);
  }
  return true;
}

}  // namespace test
}  // namespace iostls
