// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cerrno>
#include <memory>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <iostls/tcp.hpp>

#include "openssl/error.hpp"
#include "system/descriptor_wait.hpp"
#include "system/owned_descriptor.hpp"
#include "system/socket_address.hpp"
#include "system/sockets.hpp"
#include "system/wake_pipe.hpp"
#include "transport/name_lookup.hpp"
#include "transport/tcp_connect.hpp"

namespace iostls {

// Distinguishes the constructor of `adopt` from the one that takes a service.
struct detail::adopted_socket {
  int fd;
};

namespace {

using detail::make_error;
using detail::owned_descriptor;
using detail::system_code;
using std::chrono::steady_clock;

// Listens with both protocols if the system allows that on one socket.
std::error_code listen_on(int fd, const addrinfo& address) {
  const int on = 1;
  const int off = 0;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (address.ai_family == AF_INET6) {
    setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
  }
  if (::bind(fd, address.ai_addr, address.ai_addrlen) != 0 || ::listen(fd, SOMAXCONN) != 0) {
    return system_code(errno);
  }
  return {};
}

// This machine does not have the address, or not its protocol. Any other error, such as a port that
// is in use, is final: clients would not look for us at another address.
bool concerns_one_address(const std::error_code& code) {
  return code == std::errc::address_not_available ||
         code == std::errc::address_family_not_supported;
}

// For all addresses of the machine: the IPv6 address first, which serves both protocols.
std::vector<const addrinfo*> in_order(const addrinfo* list, bool ipv6_first) {
  std::vector<const addrinfo*> all;
  for (const addrinfo* a = list; a != nullptr; a = a->ai_next) all.push_back(a);
  if (ipv6_first) {
    std::stable_partition(all.begin(), all.end(),
                          [](const addrinfo* a) { return a->ai_family == AF_INET6; });
  }
  return all;
}

owned_descriptor listen_on_first(const std::string& host, const std::string& service) {
  const detail::address_list found = detail::look_up_own(host, service);
  std::error_code failed = system_code(EADDRNOTAVAIL);
  for (const addrinfo* const a : in_order(found.get(), host.empty())) {
    owned_descriptor fd(detail::open_socket(a->ai_family, a->ai_socktype, a->ai_protocol));
    failed = fd.get() < 0 ? system_code(errno) : listen_on(fd.get(), *a);
    if (!failed) return fd;
    if (!concerns_one_address(failed)) break;
  }
  throw make_error(failed, "listen", detail::host_and_port(host, service));
}

bool is_listening(int fd) noexcept {
  int listens = 0;
  socklen_t size = sizeof listens;
  if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) != 0) return false;
  if (listens == 0) errno = EINVAL;
  return listens != 0;
}

unsigned short port_of(int fd) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  if (getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) return 0;
  switch (address.ss_family) {
    case AF_INET:
      return ntohs(reinterpret_cast<const sockaddr_in*>(&address)->sin_port);
    case AF_INET6:
      return ntohs(reinterpret_cast<const sockaddr_in6*>(&address)->sin6_port);
    default:
      return 0;
  }
}

std::unique_ptr<detail::wake_pipe> open_wake_pipe() {
  auto pipe = std::make_unique<detail::wake_pipe>();
  if (!pipe->open()) throw make_error(system_code(errno), "listen");
  return pipe;
}

// The peer gave up the connection before it was accepted, or the network failed (accept(2)).
bool concerns_one_connection(int error) noexcept {
  switch (error) {
    case ECONNABORTED:
    case EINTR:
    case EAGAIN:
    case EPROTO:
    case ENOPROTOOPT:
    case EOPNOTSUPP:
    case ENETDOWN:
    case ENETUNREACH:
    case EHOSTDOWN:
    case EHOSTUNREACH:
#ifdef ENONET
    case ENONET:
#endif
    case ETIMEDOUT:
    case ECONNRESET:
      return true;
    default:
      return false;
  }
}

// The system is out of some resource for a while, or a firewall refuses: the client stays in the
// queue.
bool leaves_client_waiting(int error) noexcept {
  return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM ||
         error == EPERM;
}

// Accepts one client; repeats the attempt after temporary failures.
class acceptance {
 public:
  acceptance(int listener, int wake, unsigned short port, steady_clock::time_point deadline)
      : listener_(listener), wake_(wake), port_(port), deadline_(deadline) {}

  int run() {
    for (;;) {
      wait();
      const int fd = detail::accept_socket(listener_);
      if (fd >= 0) return fd;
      wait_out(errno);
    }
  }

 private:
  void wait() {
    const auto failed = detail::wait_for_descriptor(listener_, POLLIN, deadline_, wake_);
    if (failed) fail(failed);
  }

  void wait_out(int error) {
    const bool is_want = leaves_client_waiting(error);
    if (!is_want && !concerns_one_connection(error)) fail(system_code(error));
    latest_ = error;
    // A single broken connection need not delay the next one; many in a row may be no accident.
    constexpr int patience = 16;
    if (is_want || ++broken_ > patience) pause();
    if (steady_clock::now() >= deadline_) fail(ssl_errc::timed_out);
  }

  // Keeps the loop from using up a processor.
  void pause() {
    constexpr std::chrono::milliseconds interval(20);
    const auto until = std::min(deadline_, steady_clock::now() + interval);
    const auto failed = detail::wait_for_descriptor(-1, 0, until, wake_);
    if (failed != ssl_errc::timed_out) fail(failed);
  }

  [[noreturn]] void fail(std::error_code why) const {
    if (why == std::errc::operation_canceled) why = ssl_errc::canceled;
    std::string text = "port " + std::to_string(port_);
    if (why == ssl_errc::timed_out && latest_ != 0 && latest_ != EAGAIN) {
      text += ": " + detail::errno_text(latest_);
    }
    throw make_error(why, "accept", text);
  }

  const int listener_, wake_;
  const unsigned short port_;
  const steady_clock::time_point deadline_;
  int latest_ = 0;
  int broken_ = 0;
};

}  // namespace

tcp_listener::tcp_listener(const std::string& host, const std::string& service)
    : wake_(open_wake_pipe()) {
  owned_descriptor fd = listen_on_first(host, service);
  // accept(2) must not block if the client that poll(2) has reported is gone.
  fcntl(fd.get(), F_SETFL, fcntl(fd.get(), F_GETFL) | O_NONBLOCK);
  port_ = port_of(fd.get());
  fd_ = fd.release();
}

tcp_listener::tcp_listener(const detail::adopted_socket& socket) : wake_(open_wake_pipe()) {
  if (!is_listening(socket.fd)) {
    throw make_error(system_code(errno), "listen",
                     "descriptor " + std::to_string(socket.fd) + " is not a listening socket");
  }
  fcntl(socket.fd, F_SETFD, FD_CLOEXEC);
  fcntl(socket.fd, F_SETFL, fcntl(socket.fd, F_GETFL) | O_NONBLOCK);
  port_ = port_of(socket.fd);
  fd_ = socket.fd;
}

tcp_listener tcp_listener::adopt(int fd) { return tcp_listener(detail::adopted_socket{fd}); }

tcp_listener::tcp_listener(tcp_listener&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)),
      port_(std::exchange(other.port_, 0)),
      wake_(std::move(other.wake_)) {}

tcp_listener& tcp_listener::operator=(tcp_listener&& other) noexcept {
  if (this != &other) {
    close();
    fd_ = std::exchange(other.fd_, -1);
    port_ = std::exchange(other.port_, 0);
    wake_ = std::move(other.wake_);
  }
  return *this;
}

tcp_listener::~tcp_listener() { close(); }

int tcp_listener::accept(time_point deadline) {
  if (fd_ < 0) throw make_error(ssl_errc::closed, "accept");
  const int fd = acceptance(fd_, wake_->fd(), port_, deadline).run();
  // On some systems, an accepted socket inherits O_NONBLOCK from the listener.
  fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK);
  detail::send_at_once(fd);
  return fd;
}

ssl_server_stream tcp_listener::accept(const ssl_context& context, time_point deadline) {
  return accept(context, connection_options(), deadline);
}

ssl_server_stream tcp_listener::accept(const ssl_context& context,
                                       const connection_options& options, time_point deadline) {
  owned_descriptor fd(accept(deadline));
  ssl_server_stream client(fd.get(), context, options);
  fd.release();
  return client;
}

void tcp_listener::accept(ssl_server_stream& client, time_point deadline) {
  owned_descriptor fd(accept(deadline));
  client.accept(fd.get());
  fd.release();
  // A thread that cancels the listener and the stream may have done so before the stream had this
  // client.
  if (wake_->woken()) client.cancel();
}

void tcp_listener::cancel() noexcept {
  const int kept = errno;  // a signal handler must not change it
  if (wake_) wake_->wake();
  errno = kept;
}

void tcp_listener::close() noexcept {
  if (fd_ >= 0) detail::close_descriptor(fd_);
  fd_ = -1;
}

}  // namespace iostls
