// SPDX-License-Identifier: Apache-2.0
#include "system/socket_settings.hpp"

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstring>

#include "system/error_number.hpp"
#include "system/ip_bytes.hpp"
#include "system/windows/winsock.hpp"

namespace iostls {
namespace detail {
namespace {

std::error_code failure() noexcept { return system_code(errno_of_winsock(::WSAGetLastError())); }

// Sets one after the other, until one fails.
class setter {
 public:
  explicit setter(int fd) noexcept : fd_(fd) {}

  void set(const char* option, int level, int name, int value) noexcept {
    if (failed_.option != nullptr) return;
    const auto* const bytes = reinterpret_cast<const char*>(&value);
    if (::setsockopt(socket_of(fd_), level, name, bytes, sizeof value) != 0) {
      failed_ = {option, failure()};
    }
  }

  template <class T>
  void set(const char* option, int level, int name, const setting<T>& value) noexcept {
    if (value.has_value()) set(option, level, name, number_of(value.value()));
  }

  template <class T>
  void lack(const char* option, const setting<T>& value) noexcept {
    if (value.has_value() && failed_.option == nullptr)
      failed_ = {option, system_code(ENOPROTOOPT)};
  }

  const setting_failure& failed() const noexcept { return failed_; }

 private:
  static int number_of(int value) noexcept { return value; }
  static int number_of(bool value) noexcept { return value ? 1 : 0; }
  template <class Rep, class Period>
  static int number_of(const std::chrono::duration<Rep, Period>& value) noexcept {
    return static_cast<int>(std::min<Rep>(value.count(), INT_MAX));
  }

  const int fd_;
  setting_failure failed_;
};

// The details since Windows 10, version 1709; before, the system refuses them. Some headers lack the names.
void set_keep_alive(setter& s, const socket_options& o) noexcept {
  constexpr int idle = 3;
  constexpr int count = 16;
  constexpr int interval = 17;
  const bool has_details = o.keep_alive_idle.has_value() || o.keep_alive_interval.has_value() ||
                           o.keep_alive_count.has_value();
  if (o.keep_alive.has_value() || has_details) {
    s.set("keep_alive", SOL_SOCKET, SO_KEEPALIVE, o.keep_alive.value_or(has_details) ? 1 : 0);
  }
  s.set("keep_alive_idle", IPPROTO_TCP, idle, o.keep_alive_idle);
  s.set("keep_alive_interval", IPPROTO_TCP, interval, o.keep_alive_interval);
  s.set("keep_alive_count", IPPROTO_TCP, count, o.keep_alive_count);
}

}  // namespace

setting_failure apply_settings(int fd, const socket_options& options) noexcept {
  setter s(fd);
  s.set("no_delay", IPPROTO_TCP, TCP_NODELAY, options.no_delay);
  set_keep_alive(s, options);
  s.lack("user_timeout", options.user_timeout);
  s.set("send_buffer", SOL_SOCKET, SO_SNDBUF, options.send_buffer);
  s.set("receive_buffer", SOL_SOCKET, SO_RCVBUF, options.receive_buffer);
  return s.failed();
}

std::error_code bind_to(int fd, const std::string& address, const socket_address& to) noexcept {
  const ip_bytes from(address);
  if (from.size == 0) return system_code(EINVAL);
  if ((from.size == 16) != to.is_ipv6()) return system_code(EAFNOSUPPORT);
  sockaddr_in ipv4{};
  sockaddr_in6 ipv6{};
  ipv4.sin_family = AF_INET;
  ipv6.sin6_family = AF_INET6;
  std::memcpy(&ipv4.sin_addr, from.bytes.data(), sizeof ipv4.sin_addr);
  std::memcpy(&ipv6.sin6_addr, from.bytes.data(), sizeof ipv6.sin6_addr);
  const int result =
      from.size == 4 ? ::bind(socket_of(fd), reinterpret_cast<const sockaddr*>(&ipv4), sizeof ipv4)
                     : ::bind(socket_of(fd), reinterpret_cast<const sockaddr*>(&ipv6), sizeof ipv6);
  return result == 0 ? std::error_code() : failure();
}

// SO_REUSEADDR would let any program take the port over.
std::error_code share_port(int /*fd*/) noexcept { return system_code(EOPNOTSUPP); }

// Nothing hands sockets over like that.
std::vector<int> handed_over_descriptors() { return {}; }

}  // namespace detail
}  // namespace iostls
