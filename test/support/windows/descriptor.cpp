// SPDX-License-Identifier: Apache-2.0
// Sockets of Winsock, kept in an int as the library does.
#include "descriptor.hpp"

#include <algorithm>
#include <cerrno>
#include <climits>
#include <stdexcept>
#include <system_error>
#include <utility>
#include <vector>

#include "loopback.hpp"
#include "socket_calls.hpp"
#include "winsock.hpp"

namespace iostls {
namespace test {
namespace {

SOCKET socket_of(int fd) { return static_cast<SOCKET>(static_cast<unsigned>(fd)); }

const bool started = [] {
  WSADATA data;
  return ::WSAStartup(MAKEWORD(2, 2), &data) == 0;
}();

void check(bool ok, const char* call) {
  if (!ok) throw std::system_error(::WSAGetLastError(), std::system_category(), call);
}

// What callers look at afterwards.
void set_errno() {
  const int code = ::WSAGetLastError();
  errno = code == WSAECONNRESET || code == WSAECONNABORTED ? ECONNRESET
          : code == WSAETIMEDOUT || code == WSAEWOULDBLOCK ? EAGAIN
                                                           : EIO;
}

void set_option(int fd, int option, const void* value, int size) {
  check(::setsockopt(socket_of(fd), SOL_SOCKET, option, static_cast<const char*>(value), size) == 0,
        "setsockopt");
}

descriptor tcp_socket(int receive_buffer) {
  const SOCKET s = ::socket(AF_INET, SOCK_STREAM, 0);
  check(started && s != INVALID_SOCKET, "socket");
  descriptor fd(static_cast<int>(s));
  if (receive_buffer != 0) set_option(fd.get(), SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
  return fd;
}

listening listen_with(int receive_buffer, int backlog) {
  descriptor fd = tcp_socket(receive_buffer);
  const unsigned short port = listen_on_free_port(socket_of(fd.get()), backlog, check);
  return {std::move(fd), port};
}

bool wait_for(int fd, short events, std::chrono::milliseconds limit) {
  WSAPOLLFD p{socket_of(fd), events, 0};
  return ::WSAPoll(&p, 1, static_cast<int>(limit.count())) == 1;
}

}  // namespace

void descriptor::reset(int fd) noexcept {
  if (fd_ >= 0) ::closesocket(socket_of(fd_));
  fd_ = fd;
}

descriptor_pair socket_pair() { return tcp_pair(0); }

listening listen_on_loopback(int backlog) { return listen_with(0, backlog); }

descriptor_pair tcp_pair(int receive_buffer) {
  const listening listener = listen_with(receive_buffer, 1);
  descriptor client = tcp_socket(receive_buffer);
  connect_to_port(socket_of(client.get()), listener.port, check);
  const SOCKET accepted = ::accept(socket_of(listener.fd.get()), nullptr, nullptr);
  check(accepted != INVALID_SOCKET, "accept");
  return {std::move(client), descriptor(static_cast<int>(accepted))};
}

bool is_open(int fd) {
  int type = 0;
  int size = sizeof type;
  return ::getsockopt(socket_of(fd), SOL_SOCKET, SO_TYPE, reinterpret_cast<char*>(&type), &size) ==
         0;
}

bool wait_readable(int fd, std::chrono::milliseconds limit) {
  return wait_for(fd, POLLRDNORM, limit);
}

bool wait_hung_up(int fd, std::chrono::milliseconds limit) { return wait_for(fd, 0, limit); }

void send_at_once(int fd) {
  const int on = 1;
  ::setsockopt(socket_of(fd), IPPROTO_TCP, TCP_NODELAY, reinterpret_cast<const char*>(&on),
               sizeof on);
}

std::ptrdiff_t receive_some(int fd, char* data, std::size_t size) {
  const int most = static_cast<int>(std::min<std::size_t>(size, INT_MAX));
  const int n = ::recv(socket_of(fd), data, most, 0);
  if (n < 0) set_errno();
  return n;
}

bool peek_byte(int fd) {
  char peeked;
  return ::recv(socket_of(fd), &peeked, 1, MSG_PEEK) > 0;
}

int unread_bytes(int fd) {
  u_long count = 0;
  return ::ioctlsocket(socket_of(fd), FIONREAD, &count) == 0 ? static_cast<int>(count) : -1;
}

void end_input(int fd) { ::shutdown(socket_of(fd), SD_RECEIVE); }

void set_send_buffer(int fd, int size) { set_option(fd, SO_SNDBUF, &size, sizeof size); }

int flags_of(int /*fd*/) { throw std::logic_error("Winsock cannot be asked for flags"); }

void make_non_blocking(int fd) {
  u_long on = 1;
  check(::ioctlsocket(socket_of(fd), FIONBIO, &on) == 0, "FIONBIO");
}

descriptor duplicate(int fd) {
  WSAPROTOCOL_INFOW info;
  check(::WSADuplicateSocketW(socket_of(fd), ::GetCurrentProcessId(), &info) == 0,
        "WSADuplicateSocket");
  const SOCKET copy = ::WSASocketW(FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO,
                                   &info, 0, WSA_FLAG_OVERLAPPED);
  check(copy != INVALID_SOCKET, "WSASocket");
  return descriptor(static_cast<int>(copy));
}

// New sockets take the numbers that are free.
descriptor stranger_at(int number) {
  std::vector<descriptor> others;
  for (int i = 0; i != 256; ++i) {
    descriptor made = tcp_socket(0);
    if (made.get() == number) return made;
    others.push_back(std::move(made));
  }
  return descriptor();
}

descriptor_pair pipe_pair() { throw std::logic_error("no stream takes pipes of Windows"); }

void without_descriptors(const std::function<void()>& /*call*/) {
  throw std::logic_error("Windows does not limit the sockets of a process");
}

descriptor connecting_to(unsigned short port) {
  descriptor fd = tcp_socket(0);
  make_non_blocking(fd.get());
  const sockaddr_in address = loopback(port);
  ::connect(socket_of(fd.get()), reinterpret_cast<const sockaddr*>(&address), sizeof address);
  return fd;
}

void end_output(int fd) { ::shutdown(socket_of(fd), SD_SEND); }

void end_both(int fd, bool reset) {
  if (reset) {
    const linger now{1, 0};
    ::setsockopt(socket_of(fd), SOL_SOCKET, SO_LINGER, reinterpret_cast<const char*>(&now),
                 sizeof now);
  }
  ::shutdown(socket_of(fd), SD_BOTH);
}

void reset_connection(descriptor fd) {
  const linger now{1, 0};
  set_option(fd.get(), SO_LINGER, &now, sizeof now);
}

void set_timeouts(int fd, std::chrono::milliseconds limit) {
  const DWORD milliseconds = static_cast<DWORD>(limit.count());
  set_option(fd, SO_RCVTIMEO, &milliseconds, sizeof milliseconds);
  set_option(fd, SO_SNDTIMEO, &milliseconds, sizeof milliseconds);
}

std::string read_raw(int fd, std::size_t limit) {
  std::string data;
  char block[16384];
  while (data.size() < limit) {
    const std::ptrdiff_t n = receive_some(fd, block, std::min(sizeof block, limit - data.size()));
    if (n <= 0) break;
    data.append(block, static_cast<std::size_t>(n));
  }
  return data;
}

bool write_raw(int fd, const std::string& data) {
  for (std::size_t done = 0; done != data.size();) {
    const int most = static_cast<int>(std::min<std::size_t>(data.size() - done, INT_MAX));
    const int n = ::send(socket_of(fd), data.data() + done, most, 0);
    if (n < 0) return false;
    done += static_cast<std::size_t>(n);
  }
  return true;
}

}  // namespace test
}  // namespace iostls
