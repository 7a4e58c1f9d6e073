// SPDX-License-Identifier: Apache-2.0
// Winsock has no flag for a single call that must not wait, and no way to ask whether a socket waits. So
// sockets do not wait while they are used here. Descriptors that are no sockets cannot be waited for.
#include "system/sockets.hpp"

#include <algorithm>
#include <cerrno>
#include <climits>

#include "system/windows/winsock.hpp"

namespace iostls {
namespace detail {
namespace {

int fitting(std::size_t size) noexcept {
  return static_cast<int>(std::min<std::size_t>(size, INT_MAX));
}

bool succeeded(int result) noexcept {
  if (result == 0) return true;
  set_errno_of_winsock();
  return false;
}

}  // namespace

void start_sockets() noexcept {
  static const int result = [] {
    WSADATA data;
    return ::WSAStartup(MAKEWORD(2, 2), &data);
  }();
  static_cast<void>(result);  // what needs it fails by itself
}

int descriptor_of(SOCKET s) noexcept {
  if (s != INVALID_SOCKET) return static_cast<int>(s);
  set_errno_of_winsock();
  return -1;
}

std::ptrdiff_t result_of(int n) noexcept {
  if (n != SOCKET_ERROR) return n;
  set_errno_of_winsock();
  return -1;
}

std::ptrdiff_t receive_now(int fd, void* data, std::size_t size) noexcept {
  return result_of(::recv(socket_of(fd), static_cast<char*>(data), fitting(size), 0));
}

std::ptrdiff_t send_now(int fd, const void* data, std::size_t size) noexcept {
  return result_of(::send(socket_of(fd), static_cast<const char*>(data), fitting(size), 0));
}

std::ptrdiff_t receive_waiting(int fd, void* data, std::size_t size) {
  return receive_now(fd, data, size);
}

std::ptrdiff_t send_waiting(int fd, const void* data, std::size_t size) {
  return send_now(fd, data, size);
}

std::ptrdiff_t read_now(int /*fd*/, void* /*data*/, std::size_t /*size*/) noexcept {
  errno = EBADF;
  return -1;
}

std::ptrdiff_t write_now(int /*fd*/, const void* /*data*/, std::size_t /*size*/) noexcept {
  errno = EBADF;
  return -1;
}

bool is_readable(int fd) noexcept {
  WSAPOLLFD polled = {socket_of(fd), POLLRDNORM, 0};
  return ::WSAPoll(&polled, 1, 0) > 0;
}

bool close_descriptor(int fd) noexcept { return succeeded(::closesocket(socket_of(fd))); }

// No call that all versions of Windows document reports it.
bool is_all_acknowledged(int /*fd*/) noexcept { return false; }

bool is_some_unacknowledged(int /*fd*/) noexcept { return false; }

bool names_socket(int fd) noexcept {
  start_sockets();
  int type = 0;
  int size = sizeof type;
  return succeeded(
      ::getsockopt(socket_of(fd), SOL_SOCKET, SO_TYPE, reinterpret_cast<char*>(&type), &size));
}

bool is_stream_socket(int fd) noexcept {
  int type = 0;
  int size = sizeof type;
  return succeeded(::getsockopt(socket_of(fd), SOL_SOCKET, SO_TYPE, reinterpret_cast<char*>(&type),
                                &size)) &&
         type == SOCK_STREAM;
}

bool names_pipe(int /*fd*/) noexcept {
  errno = ENOTSOCK;
  return false;
}

void prepare_socket(int fd) noexcept { set_blocking(fd, false); }

void hand_back_socket(int fd) noexcept { set_blocking(fd, true); }

void shut_down_output(int fd) noexcept { static_cast<void>(::shutdown(socket_of(fd), SD_SEND)); }

void shut_down(int fd) noexcept { static_cast<void>(::shutdown(socket_of(fd), SD_BOTH)); }

// WSAPoll goes on waiting.
bool shutting_down_wakes() noexcept { return false; }

bool get_wait_limit(int fd, transport::event what, wait_limit& limit) noexcept {
  DWORD milliseconds = 0;
  int size = sizeof milliseconds;
  const int option = what == transport::event::readable ? SO_RCVTIMEO : SO_SNDTIMEO;
  if (!succeeded(::getsockopt(socket_of(fd), SOL_SOCKET, option,
                              reinterpret_cast<char*>(&milliseconds), &size))) {
    return false;
  }
  limit.seconds = std::chrono::seconds(milliseconds / 1000);
  limit.rest = std::chrono::milliseconds(milliseconds % 1000);
  return true;
}

bool is_blocking(int /*fd*/) noexcept { return false; }

bool set_blocking(int fd, bool blocks) noexcept {
  u_long is_nonblocking = blocks ? 0 : 1;
  return succeeded(::ioctlsocket(socket_of(fd), FIONBIO, &is_nonblocking));
}

}  // namespace detail
}  // namespace iostls
