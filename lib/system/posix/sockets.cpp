// SPDX-License-Identifier: Apache-2.0
#include "system/sockets.hpp"

#include <cerrno>
#include <climits>
#include <csignal>
#include <ctime>

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/types.h>
#include <unistd.h>

#ifdef __linux__
#include <linux/sockios.h>
#endif

#include "system/thread_cancellation.hpp"

// The build defines IOSTLS_HAS_MSG_DONTWAIT and IOSTLS_HAS_MSG_NOSIGNAL if these flags exist.

namespace iostls {
namespace detail {
namespace {

template <class Call>
ssize_t uninterrupted(Call call) noexcept {
  ssize_t n = 0;
  do {
    n = call();
  } while (n < 0 && errno == EINTR);
  return n;
}

bool ready(int fd, short events) noexcept {
  struct pollfd p = {fd, events, 0};
  return uninterrupted([&] { return ::poll(&p, 1, 0); }) > 0;
}

bool hung_up(int fd) noexcept {
  struct pollfd p = {fd, 0, 0};
  const bool found = uninterrupted([&] { return ::poll(&p, 1, 0); }) > 0;
  return found && (p.revents & POLLHUP) != 0;
}

ssize_t would_block() noexcept {
  errno = EAGAIN;
  return -1;
}

// Blocks SIGPIPE in this thread, and removes one that a write has raised meanwhile. Dispositions
// are not changed; a SIGPIPE that was pending before stays pending.
class sigpipe_guard {
 public:
  sigpipe_guard() noexcept {
    sigset_t pending;
    sigpending(&pending);
    was_pending_ = sigismember(&pending, SIGPIPE) == 1;
    sigemptyset(&set_);
    sigaddset(&set_, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &set_, &before_);
  }

  sigpipe_guard(const sigpipe_guard&) = delete;
  sigpipe_guard& operator=(const sigpipe_guard&) = delete;

  ~sigpipe_guard() {
    const no_cancellation uncanceled;
    const int kept = errno;
    if (raised_ && !was_pending_) consume();
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
    errno = kept;
  }

  void note_result(ssize_t n) noexcept { raised_ = n < 0 && errno == EPIPE; }

 private:
  void consume() const noexcept {
    sigset_t pending;
    sigpending(&pending);
    int signal = 0;
    if (sigismember(&pending, SIGPIPE) == 1) sigwait(&set_, &signal);
  }

  sigset_t set_{};
  sigset_t before_{};
  bool was_pending_ = false;
  bool raised_ = false;
};

#ifdef IOSTLS_HAS_MSG_DONTWAIT

constexpr int no_wait = MSG_DONTWAIT;
std::size_t fitting(int /*fd*/, std::size_t size) noexcept { return size; }
bool may_wait(int /*fd*/, short /*events*/) noexcept { return false; }

#else

constexpr int no_wait = 0;

// If poll(2) reports a blocking socket as writable, it only has room for its low-water mark,
// usually 2 KiB.
std::size_t fitting(int fd, std::size_t size) noexcept {
  constexpr std::size_t low_water = 2048;
  return size > low_water && is_blocking(fd) ? low_water : size;
}

bool may_wait(int fd, short events) noexcept { return !ready(fd, events); }

#endif

#if defined(IOSTLS_HAS_MSG_NOSIGNAL)

ssize_t send_once(int fd, const void* data, std::size_t size, int flags) {
  return ::send(fd, data, size, flags | MSG_NOSIGNAL);
}

#elif defined(SO_NOSIGPIPE)

ssize_t send_once(int fd, const void* data, std::size_t size, int flags) {
  return ::send(fd, data, size, flags);
}

#else

ssize_t send_once(int fd, const void* data, std::size_t size, int flags) {
  sigpipe_guard guard;
  const ssize_t n = ::send(fd, data, size, flags);
  guard.note_result(n);
  return n;
}

#endif

}  // namespace

std::ptrdiff_t receive_now(int fd, void* data, std::size_t size) noexcept {
  const no_cancellation uncanceled;
  if (may_wait(fd, POLLIN)) return would_block();
  return uninterrupted([&] { return ::recv(fd, data, size, no_wait); });
}

std::ptrdiff_t send_now(int fd, const void* data, std::size_t size) noexcept {
  const no_cancellation uncanceled;
  if (may_wait(fd, POLLOUT)) return would_block();
  return uninterrupted([&] { return send_once(fd, data, fitting(fd, size), no_wait); });
}

std::ptrdiff_t receive_waiting(int fd, void* data, std::size_t size) {
  return ::recv(fd, data, size, 0);
}

std::ptrdiff_t send_waiting(int fd, const void* data, std::size_t size) {
  return send_once(fd, data, size, 0);
}

bool is_readable(int fd) noexcept {
  const no_cancellation uncanceled;
  return ready(fd, POLLIN);
}

// Linux reports EIO if the last process has closed the other side of a pseudo-terminal: that is its
// end.
std::ptrdiff_t read_now(int fd, void* data, std::size_t size) noexcept {
  const no_cancellation uncanceled;
  if (!ready(fd, POLLIN)) return would_block();
  const ssize_t n = uninterrupted([&] { return ::read(fd, data, size); });
  return n < 0 && errno == EIO && hung_up(fd) ? 0 : n;
}

// A blocking pipe is written in pieces that fit, since readiness guarantees no more than PIPE_BUF.
std::ptrdiff_t write_now(int fd, const void* data, std::size_t size) noexcept {
  const no_cancellation uncanceled;
  if (!ready(fd, POLLOUT)) return would_block();
  if (size > PIPE_BUF && is_blocking(fd)) size = PIPE_BUF;
  sigpipe_guard guard;
  const ssize_t n = uninterrupted([&] { return ::write(fd, data, size); });
  guard.note_result(n);
  return n;
}

bool close_descriptor(int fd) noexcept {
  const no_cancellation uncanceled;
  return ::close(fd) == 0;
}

namespace {

// How many bytes the peer's system has not acknowledged yet; -1 if that is unknown.
int unacknowledged_bytes(int fd) noexcept {
#if defined(SIOCOUTQ)
  constexpr unsigned long request = SIOCOUTQ;
#elif defined(FIONWRITE)
  constexpr unsigned long request = FIONWRITE;
#else
  constexpr unsigned long request = 0;
#endif
  int bytes = 0;
  return request != 0 && ::ioctl(fd, request, &bytes) == 0 ? bytes : -1;
}

}  // namespace

bool is_all_acknowledged(int fd) noexcept { return unacknowledged_bytes(fd) == 0; }

bool is_some_unacknowledged(int fd) noexcept { return unacknowledged_bytes(fd) > 0; }

bool names_socket(int fd) noexcept {
  int type = 0;
  socklen_t size = sizeof type;
  return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0;
}

bool is_stream_socket(int fd) noexcept {
  int type = 0;
  socklen_t size = sizeof type;
  return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_STREAM;
}

bool names_pipe(int fd) noexcept { return fcntl(fd, F_GETFD) != -1; }

void prepare_socket(int fd) noexcept {
#ifdef SO_NOSIGPIPE
  const int on = 1;
  setsockopt(fd, SOL_SOCKET, SO_NOSIGPIPE, &on, sizeof on);
#else
  static_cast<void>(fd);
#endif
}

void hand_back_socket(int /*fd*/) noexcept {}

void shut_down_output(int fd) noexcept { static_cast<void>(::shutdown(fd, SHUT_WR)); }

void shut_down(int fd) noexcept { static_cast<void>(::shutdown(fd, SHUT_RDWR)); }

bool shutting_down_wakes() noexcept { return true; }

bool get_wait_limit(int fd, transport::event what, wait_limit& limit) noexcept {
  struct timeval time {};
  socklen_t size = sizeof time;
  const int option = what == transport::event::readable ? SO_RCVTIMEO : SO_SNDTIMEO;
  if (getsockopt(fd, SOL_SOCKET, option, &time, &size) != 0) return false;
  limit.seconds = std::chrono::seconds(time.tv_sec);
  limit.rest = std::chrono::microseconds(time.tv_usec);
  return true;
}

bool is_blocking(int fd) noexcept {
  const int flags = fcntl(fd, F_GETFL);
  return flags >= 0 && (flags & O_NONBLOCK) == 0;
}

bool set_blocking(int fd, bool blocks) noexcept {
  const int flags = fcntl(fd, F_GETFL);
  if (flags < 0) return false;
  return fcntl(fd, F_SETFL, blocks ? flags & ~O_NONBLOCK : flags | O_NONBLOCK) == 0;
}

}  // namespace detail
}  // namespace iostls
