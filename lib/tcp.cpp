// SPDX-License-Identifier: Apache-2.0
#include <iostls/tcp.hpp>

#include <cerrno>
#include <cstdlib>
#include <memory>
#include <utility>

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "descriptor_wait.hpp"
#include "error.hpp"
#include "posix_socket.hpp"
#include "tcp_connect.hpp"

namespace iostls {
namespace {

using std::chrono::steady_clock;
using time_point = steady_clock::time_point;
using detail::make_error;
using detail::system_code;
using address_list = std::unique_ptr<addrinfo, decltype(&freeaddrinfo)>;

class socket_owner {
 public:
  explicit socket_owner(int fd) : fd_(fd) {}
  socket_owner(const socket_owner&) = delete;
  socket_owner& operator=(const socket_owner&) = delete;
  ~socket_owner() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const noexcept { return fd_; }
  int release() noexcept { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

std::string endpoint(const std::string& host, const std::string& service) {
  return (host.find(':') != std::string::npos ? "[" + host + "]" : host) + ":" + service;
}

// The codes of getaddrinfo(3).
class resolver_category final : public std::error_category {
 public:
  const char* name() const noexcept override { return "resolver"; }
  std::string message(int code) const override { return gai_strerror(code); }
};

std::error_code resolver_code(int code) {
  // Never destroyed, like the library's own category.
  static const resolver_category* const instance = new resolver_category;
  return code == EAI_SYSTEM ? system_code(errno) : std::error_code(code, *instance);
}

// getaddrinfo(3) takes for a number what strtoul(3) does, with blanks and a sign. In some libraries it
// cuts larger ones down to 16 bits, and connects elsewhere.
bool is_possible_service(const std::string& service) {
  if (service.find('\0') != std::string::npos) return false;
  char* end = nullptr;
  const unsigned long number = std::strtoul(service.c_str(), &end, 10);
  if (service.empty() || *end != '\0') return true;  // a name
  const bool is_plain = service.find_first_not_of("0123456789") == std::string::npos;
  return is_plain && service.size() <= 5 && number <= 65535;
}

address_list look_up(const std::string& host, const std::string& service, bool to_listen,
                     const char* operation) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = to_listen ? AI_PASSIVE : 0;
  addrinfo* found = nullptr;
  int code = EAI_SERVICE;
  if (host.find('\0') != std::string::npos) {
    code = EAI_NONAME;
  } else if (is_possible_service(service)) {
    code = getaddrinfo(host.empty() ? nullptr : host.c_str(), service.c_str(), &hints, &found);
  }
  if (code != 0) throw make_error(resolver_code(code), operation, endpoint(host, service));
  return address_list(found, &freeaddrinfo);
}

std::error_code connect_to(int fd, const addrinfo& address, time_point deadline, int wake) {
  if (::connect(fd, address.ai_addr, address.ai_addrlen) == 0) return {};
  // Interrupted, a connection goes on being made all the same.
  if (errno != EINPROGRESS && errno != EINTR) return system_code(errno);
  if (const auto failed = detail::wait_for_descriptor(fd, POLLOUT, deadline, wake)) {
    return failed == std::errc::operation_canceled ? ssl_errc::canceled : failed;
  }
  int error = 0;
  socklen_t size = sizeof error;
  if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0) error = errno;
  return error != 0 ? system_code(error) : std::error_code();
}

// Connects without blocking, within the deadline, and makes the descriptor block then.
std::error_code connect_nonblocking(int fd, const addrinfo& address, time_point deadline,
                                    int wake) {
  const int flags = fcntl(fd, F_GETFL);
  if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0) return system_code(errno);
  if (const std::error_code failed = connect_to(fd, address, deadline, wake)) return failed;
  if (fcntl(fd, F_SETFL, flags) != 0) return system_code(errno);
  return {};
}

// Small writes are gathered by the stream; delaying them once more would only cost time.
void send_at_once(int fd) noexcept {
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

// Listens with both protocols where the system allows that for one socket.
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

unsigned short port_of(int fd) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  if (getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) return 0;
  const in_port_t port = address.ss_family == AF_INET6
                             ? reinterpret_cast<const sockaddr_in6*>(&address)->sin6_port
                             : reinterpret_cast<const sockaddr_in*>(&address)->sin_port;
  return ntohs(port);
}

// A connection that the peer gave up before it was accepted, or that the network lost (accept(2)).
bool concerns_one_connection(int error) noexcept {
  switch (error) {
    case ECONNABORTED:
    case EINTR:
    case EAGAIN:
    case EPROTO:
    case ENETDOWN:
    case ENETUNREACH:
    case EHOSTDOWN:
    case EHOSTUNREACH:
      return true;
    default:
      return false;
  }
}

// An address for every protocol first: then a socket that serves both.
template <class Attempt>
std::error_code try_each(const addrinfo* addresses, bool ipv6_first, Attempt attempt) {
  std::error_code failed = system_code(EADDRNOTAVAIL);
  for (const bool wanted : {true, false}) {
    for (const addrinfo* a = addresses; a != nullptr; a = a->ai_next) {
      if (ipv6_first && (a->ai_family == AF_INET6) != wanted) continue;
      failed = attempt(*a);
      if (!failed || failed == ssl_errc::timed_out || failed == ssl_errc::canceled) return failed;
    }
    if (!ipv6_first) break;
  }
  return failed;
}

}  // namespace

int detail::connect_tcp(const std::string& host, const std::string& service, time_point deadline,
                        int wake) {
  const address_list addresses = look_up(host, service, false, "connect");
  int connected = -1;
  const std::error_code failed = try_each(addresses.get(), false, [&](const addrinfo& a) {
    socket_owner fd(detail::open_socket(a.ai_family, a.ai_socktype, a.ai_protocol));
    if (fd.get() < 0) return system_code(errno);
    const std::error_code refused = connect_nonblocking(fd.get(), a, deadline, wake);
    if (!refused) connected = fd.release();
    return refused;
  });
  if (failed) throw make_error(failed, "connect", endpoint(host, service));
  send_at_once(connected);
  return connected;
}

int connect_tcp(const std::string& host, const std::string& service, time_point deadline) {
  return detail::connect_tcp(host, service, deadline, -1);
}

tcp_listener::tcp_listener(const std::string& host, const std::string& service) {
  const address_list addresses = look_up(host, service, true, "listen");
  const std::error_code failed = try_each(addresses.get(), host.empty(), [&](const addrinfo& a) {
    socket_owner fd(detail::open_socket(a.ai_family, a.ai_socktype, a.ai_protocol));
    if (fd.get() < 0) return system_code(errno);
    const std::error_code refused = listen_on(fd.get(), a);
    if (!refused) fd_ = fd.release();
    return refused;
  });
  if (failed) throw make_error(failed, "listen", endpoint(host, service));
  // accept(2) must not wait for a client that poll(2) has seen but that has gone since.
  fcntl(fd_, F_SETFL, fcntl(fd_, F_GETFL) | O_NONBLOCK);
  port_ = port_of(fd_);
}

tcp_listener::tcp_listener(tcp_listener&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), port_(std::exchange(other.port_, 0)) {}

tcp_listener& tcp_listener::operator=(tcp_listener&& other) noexcept {
  if (this != &other) {
    close();
    fd_ = std::exchange(other.fd_, -1);
    port_ = std::exchange(other.port_, 0);
  }
  return *this;
}

tcp_listener::~tcp_listener() { close(); }

int tcp_listener::accept(time_point deadline) {
  if (fd_ < 0) throw make_error(ssl_errc::closed, "accept");
  for (;;) {
    if (const std::error_code failed = detail::wait_for_descriptor(fd_, POLLIN, deadline)) {
      throw make_error(failed, "accept", "port " + std::to_string(port_));
    }
    const int fd = detail::accept_socket(fd_);
    if (fd >= 0) {
      // Some systems let an accepted socket inherit that the listener does not block.
      fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK);
      send_at_once(fd);
      return fd;
    }
    if (!concerns_one_connection(errno)) {
      throw make_error(system_code(errno), "accept", "port " + std::to_string(port_));
    }
  }
}

void tcp_listener::close() noexcept {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

}  // namespace iostls
