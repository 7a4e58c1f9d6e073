// SPDX-License-Identifier: Apache-2.0
/// \file
/// TCP by name: to connect, and to listen. For programs that do not bring sockets of their own.
#pragma once

#include <chrono>
#include <string>

#include <iostls/export.hpp>

namespace iostls {

/// Connects to a host (a name or an address) and a service (a name or a port number). All addresses
/// of the name are tried in turn, IPv6 and IPv4, until one answers or the deadline passes. The
/// descriptor that is returned blocks, is closed on exec, and has TCP_NODELAY set, since iostls
/// gathers small writes itself.
/// Throws `ssl_error`, operation "connect": `timed_out`, or `system_error` with the reason of the
/// last address tried or of the resolver, and both with host and service in the text. Looking the
/// name up is not bounded by the deadline: the resolver has its own limits (resolv.conf(5)).
IOSTLS_EXPORT int connect_tcp(const std::string& host, const std::string& service,
                              std::chrono::steady_clock::time_point deadline =
                                  (std::chrono::steady_clock::time_point::max)());

/// A listening socket.
class IOSTLS_EXPORT tcp_listener {
 public:
  /// Listens on the first address of `host` that belongs to this machine, or, if it is empty, on all of
  /// the machine: "localhost" is one of 127.0.0.1 and ::1. Service "0" means
  /// any port that is free; `port()` tells it. Throws `ssl_error` (`system_error`), operation
  /// "listen".
  explicit tcp_listener(const std::string& host = "", const std::string& service = "0");
  tcp_listener(tcp_listener&& other) noexcept;
  tcp_listener& operator=(tcp_listener&& other) noexcept;
  ~tcp_listener();

  unsigned short port() const noexcept { return port_; }
  /// The descriptor, for poll(2) and for socket options; it stays the listener's.
  int fd() const noexcept { return fd_; }

  /// Waits for a client and returns its descriptor: blocking, closed on exec, with TCP_NODELAY.
  /// Connections that broke while they waited are passed over. Throws `ssl_error` (`timed_out`,
  /// `system_error`, or `closed` after `close()`), operation "accept".
  int accept(std::chrono::steady_clock::time_point deadline =
                 (std::chrono::steady_clock::time_point::max)());

  /// Stops listening. Not to be called while another thread is in `accept()`.
  void close() noexcept;

 private:
  int fd_ = -1;
  unsigned short port_ = 0;
};

}  // namespace iostls
