// SPDX-License-Identifier: Apache-2.0
/// \file
/// TCP connections by host name, and listening sockets, for programs that have no sockets of their own.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include <iostls/export.hpp>
#include <iostls/socket_options.hpp>
#include <iostls/ssl_stream.hpp>

namespace iostls {

namespace detail {
struct accept_calls;
struct adopted_socket;
}  // namespace detail

/// Connects to a host (a name or an address) and a service (a name or a port number). The addresses
/// of the name are tried in turn, alternating between IPv6 and IPv4: the next one 250 ms after the
/// one before it, or as soon as that has failed. The first connection that succeeds is used, and
/// the other attempts are given up (RFC 8305). The returned descriptor is blocking, is closed on
/// exec, and has TCP_NODELAY set, since iostls gathers small writes itself.
///
/// The deadline limits all of it, including the look-up of the name. With a deadline, a separate
/// thread looks the name up, and is abandoned if the name servers are silent. It ends at the
/// resolver's own limits (resolv.conf(5)), and touches nothing of the program's until then. Without
/// a deadline, or if no thread can be started, the calling thread looks the name up, however long
/// that takes. Those who ask for the same name and service at a time share a thread.
/// There are at most 128 such threads; when all are in use, look-ups of names other than `localhost`
/// wait for one.
///
/// Throws `ssl_error`, operation "connect": `timed_out`, or `system_error` with the reason of the
/// resolver or of the first address that has answered. The text has host and service, and each
/// address that was tried, with its result unless all have the same one.
IOSTLS_EXPORT int connect_tcp(const std::string& host, const std::string& service,
                              std::chrono::steady_clock::time_point deadline =
                                  (std::chrono::steady_clock::time_point::max)());

/// The same with the service as a number. What is no port throws `ssl_error` (`bad_configuration`).
IOSTLS_EXPORT int connect_tcp(const std::string& host, int port,
                              std::chrono::steady_clock::time_point deadline =
                                  (std::chrono::steady_clock::time_point::max)());

/// The same with options of the socket, which are set before it connects. Also throws what
/// `set_socket_options` throws.
IOSTLS_EXPORT int connect_tcp(const std::string& host, const std::string& service,
                              const socket_options& options,
                              std::chrono::steady_clock::time_point deadline =
                                  (std::chrono::steady_clock::time_point::max)());
IOSTLS_EXPORT int connect_tcp(const std::string& host, int port, const socket_options& options,
                              std::chrono::steady_clock::time_point deadline =
                                  (std::chrono::steady_clock::time_point::max)());

/// A listening socket. Several threads may be in `accept()` at once: each client wakes one of them.
class IOSTLS_EXPORT tcp_listener {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  /// Listens on the first address of `host` that belongs to this machine: "localhost" is one of
  /// 127.0.0.1 and ::1. If `host` is empty, it listens on all addresses, of IPv6 and of IPv4 with
  /// one socket, or of IPv4 alone if there is no IPv6. Service "0" means any free port; `port()`
  /// returns it. A port that is in use at that address is an error: another address of `host` takes
  /// its place only if this machine does not have the first one, or not its protocol. Throws
  /// `ssl_error` (`system_error`), operation "listen".
  explicit tcp_listener(const std::string& host = "", const std::string& service = "0");
  /// The same with the service as a number. What is no port throws `ssl_error` (`bad_configuration`).
  tcp_listener(const std::string& host, int port);
  /// The same with options of the socket, which those that it accepts have, too. Also throws what
  /// `set_socket_options` throws.
  tcp_listener(const std::string& host, const std::string& service, const socket_options& options);
  tcp_listener(const std::string& host, int port, const socket_options& options);
  /// Takes over a socket that is listening already, such as one of systemd's (sd_listen_fds(3); the
  /// first is 3), and closes it in the end. Makes it non-blocking, and closed on exec. Throws
  /// `ssl_error` (`system_error`), operation "listen", if the descriptor does not listen for
  /// connections; it stays the caller's then.
  static tcp_listener adopt(int fd);
  tcp_listener(tcp_listener&& other) noexcept;
  tcp_listener& operator=(tcp_listener&& other) noexcept;
  ~tcp_listener();

  /// 0 for a socket that is not a TCP socket.
  unsigned short port() const noexcept { return port_; }
  /// The descriptor, for poll(2) and for socket options; it stays the listener's.
  int fd() const noexcept { return fd_; }

  /// Waits for a client and returns its descriptor: blocking, closed on exec, with TCP_NODELAY.
  /// Skips connections that broke while they waited. If the system is out of descriptors or memory,
  /// the client waits until some are free; other temporary failures are waited out, too. Throws
  /// `ssl_error`, operation "accept": `timed_out` at the deadline, with the shortage in the text if
  /// there was one; `canceled`; `closed` after `close()`; or `system_error`.
  int accept(time_point deadline = (time_point::max)());

  /// The same, and makes a stream of it, so that no descriptor is lost if that fails. Also throws
  /// what the stream's constructor throws. Does not wait for the handshake, which takes place with
  /// the first input or output, on the thread that does that.
  ssl_server_stream accept(const ssl_context& context, time_point deadline = (time_point::max)());
  ssl_server_stream accept(const ssl_context& context, const connection_options& options,
                           time_point deadline = (time_point::max)());

  /// Accepts into an existing stream, made with `ssl_server_stream s(context)`. The previous client
  /// is closed only once the next one has arrived: call `close()` after each. Also throws what
  /// `ssl_server_stream::accept` throws; then the stream is unchanged, and the new client is
  /// closed. A listener that is canceled before this returns cancels the stream as well: to end a
  /// loop at once, cancel the listener first, then the stream.
  void accept(ssl_server_stream& client, time_point deadline = (time_point::max)());

  /// Ends accepting for good, from any thread or from a signal handler: the `accept()` that is
  /// waiting and every later one throw `canceled`. Clients that have not been accepted stay in the
  /// queue until `close()`. Other processes that have the listener by fork(2) go on accepting.
  void cancel() noexcept;

  /// Stops listening. Not to be called while another thread is in `accept()` or `cancel()`.
  void close() noexcept;

 private:
  explicit tcp_listener(const detail::adopted_socket& socket);

  int fd_ = -1;
  unsigned short port_ = 0;
  bool no_delay_ = true;
  std::unique_ptr<detail::accept_calls> calls_;
};

}  // namespace iostls
