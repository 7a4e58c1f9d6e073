// SPDX-License-Identifier: Apache-2.0
#include "system/socket_settings.hpp"

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "system/environment.hpp"
#include "system/error_number.hpp"
#include "system/ip_bytes.hpp"

namespace iostls {
namespace detail {
namespace {

// What not every system has: OpenBSD, for example, has none of these.
constexpr int no_such_setting = -1;

#if defined(TCP_KEEPIDLE)
constexpr int keep_idle = TCP_KEEPIDLE;
#elif defined(TCP_KEEPALIVE)
constexpr int keep_idle = TCP_KEEPALIVE;  // macOS's name
#else
constexpr int keep_idle = no_such_setting;
#endif

#ifdef TCP_KEEPINTVL
constexpr int keep_interval = TCP_KEEPINTVL;
#else
constexpr int keep_interval = no_such_setting;
#endif

#ifdef TCP_KEEPCNT
constexpr int keep_count = TCP_KEEPCNT;
#else
constexpr int keep_count = no_such_setting;
#endif

#ifdef TCP_USER_TIMEOUT
constexpr int output_timeout = TCP_USER_TIMEOUT;
#else
constexpr int output_timeout = no_such_setting;
#endif

// Sets one after the other, until one fails.
class setter {
 public:
  explicit setter(int fd) noexcept : fd_(fd) {}

  void set(const char* option, int level, int name, int value) noexcept {
    if (failure_.option != nullptr) return;
    if (name == no_such_setting) {
      failure_ = {option, system_code(ENOPROTOOPT)};
    } else if (setsockopt(fd_, level, name, &value, sizeof value) != 0) {
      failure_ = {option, system_code(errno)};
    }
  }

  template <class T>
  void set(const char* option, int level, int name, const setting<T>& value) noexcept {
    if (value.has_value()) set(option, level, name, number_of(value.value()));
  }

  const setting_failure& failure() const noexcept { return failure_; }

 private:
  static int number_of(int value) noexcept { return value; }
  static int number_of(bool value) noexcept { return value ? 1 : 0; }
  template <class Rep, class Period>
  static int number_of(const std::chrono::duration<Rep, Period>& value) noexcept {
    return static_cast<int>(std::min<Rep>(value.count(), INT_MAX));
  }

  const int fd_;
  setting_failure failure_;
};

void set_keep_alive(setter& s, const socket_options& o) noexcept {
  const bool has_details = o.keep_alive_idle.has_value() || o.keep_alive_interval.has_value() ||
                           o.keep_alive_count.has_value();
  if (o.keep_alive.has_value() || has_details) {
    s.set("keep_alive", SOL_SOCKET, SO_KEEPALIVE, o.keep_alive.value_or(has_details) ? 1 : 0);
  }
  s.set("keep_alive_idle", IPPROTO_TCP, keep_idle, o.keep_alive_idle);
  s.set("keep_alive_interval", IPPROTO_TCP, keep_interval, o.keep_alive_interval);
  s.set("keep_alive_count", IPPROTO_TCP, keep_count, o.keep_alive_count);
}

// The number that a variable has; -1 if it has none.
long number_in(const char* variable) {
  const char* const text = trusted_variable(variable);
  if (text == nullptr || *text == '\0' || *text == '-') return -1;
  char* end = nullptr;
  const long number = std::strtol(text, &end, 10);
  return *end == '\0' ? number : -1;
}

}  // namespace

setting_failure apply_settings(int fd, const socket_options& options) noexcept {
  setter s(fd);
  s.set("no_delay", IPPROTO_TCP, TCP_NODELAY, options.no_delay);
  set_keep_alive(s, options);
  s.set("user_timeout", IPPROTO_TCP, output_timeout, options.user_timeout);
  s.set("send_buffer", SOL_SOCKET, SO_SNDBUF, options.send_buffer);
  s.set("receive_buffer", SOL_SOCKET, SO_RCVBUF, options.receive_buffer);
  return s.failure();
}

std::error_code bind_to(int fd, const std::string& address, const socket_address& to) noexcept {
  const ip_bytes from(address);
  if (from.size == 0) return system_code(EINVAL);
  if ((from.size == 16) != to.is_ipv6()) return system_code(EAFNOSUPPORT);
#ifdef IP_BIND_ADDRESS_NO_PORT
  const int on = 1;  // the port is chosen when it is known who is called
  setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
#endif
  sockaddr_in ipv4{};
  sockaddr_in6 ipv6{};
  ipv4.sin_family = AF_INET;
  ipv6.sin6_family = AF_INET6;
  std::memcpy(&ipv4.sin_addr, from.bytes.data(), sizeof ipv4.sin_addr);
  std::memcpy(&ipv6.sin6_addr, from.bytes.data(), sizeof ipv6.sin6_addr);
  const int result = from.size == 4
                         ? ::bind(fd, reinterpret_cast<const sockaddr*>(&ipv4), sizeof ipv4)
                         : ::bind(fd, reinterpret_cast<const sockaddr*>(&ipv6), sizeof ipv6);
  return result == 0 ? std::error_code() : system_code(errno);
}

std::error_code share_port(int fd) noexcept {
  const int on = 1;
  const bool is_set = setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) == 0;
  return is_set ? std::error_code() : system_code(errno);
}

std::vector<int> handed_over_descriptors() {
  constexpr int first = 3;  // SD_LISTEN_FDS_START
  constexpr long most = 4096;
  std::vector<int> all;
  if (number_in("LISTEN_PID") != static_cast<long>(::getpid())) return all;
  const long count = std::min(number_in("LISTEN_FDS"), most);
  for (int fd = first; fd < first + count; ++fd) {
    if (fcntl(fd, F_SETFD, FD_CLOEXEC) == 0) all.push_back(fd);
  }
  return all;
}

}  // namespace detail
}  // namespace iostls
