// SPDX-License-Identifier: Apache-2.0
/// \file
/// Local (Unix-domain) sockets by path: to connect, and to listen. Their streams have addresses such as
/// "unix:/run/x".
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include <iostls/export.hpp>
#include <iostls/ssl_stream.hpp>
#include <iostls/tcp.hpp>

namespace iostls {

namespace detail {
class bound_path;
}

/// Connects to the local socket of that path, or, on Linux, of an abstract name: "@name". The descriptor
/// that is returned blocks, and is closed on exec. Where the server's queue is full, it waits for room up
/// to the deadline.
///
/// Throws `ssl_error`, operation "connect": `timed_out`; `system_error` with the path and the reason, also
/// for a path that is longer than such a socket can have; `bad_configuration` for an empty path, or
/// one with a NUL.
IOSTLS_EXPORT int connect_local(const std::string& path,
                                std::chrono::steady_clock::time_point deadline =
                                    (std::chrono::steady_clock::time_point::max)());

/// A listening local socket, used as a `tcp_listener` is.
class IOSTLS_EXPORT local_listener {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  /// Listens at that path, or, on Linux, at an abstract name: "@name". To connect, a client needs to be
  /// permitted to write to the path: by default, its owner's processes alone are. Abstract names have no
  /// permissions.
  ///
  /// A path that a server has left behind is replaced. One where a server is listening is not, nor is a file
  /// that is no socket.
  ///
  /// Throws `ssl_error`, operation "listen", as `connect_local` does.
  explicit local_listener(const std::string& path, int permissions = 0600);
  /// Takes over a socket that is listening already, such as one of systemd's, as `tcp_listener::adopt` does. Its
  /// path is not removed in the end.
  static local_listener adopt(int fd);
  local_listener(local_listener&& other) noexcept;
  local_listener& operator=(local_listener&& other) noexcept;
  /// Closes as `close()` does.
  ~local_listener();

  /// Where it listens, as clients see it: "unix:/run/x", "unix:@name". What is not plain ASCII in it is escaped
  /// ("\x0a").
  std::string address() const;
  /// The descriptor, for poll(2) and for socket options; it stays the listener's.
  int fd() const noexcept;

  /// These are as those of `tcp_listener`.
  int accept(time_point deadline = (time_point::max)());
  ssl_server_stream accept(const ssl_context& context, time_point deadline = (time_point::max)());
  ssl_server_stream accept(const ssl_context& context, const connection_options& options,
                           time_point deadline = (time_point::max)());
  void accept(ssl_server_stream& client, time_point deadline = (time_point::max)());

  /// Ends accepting for good, from any thread or from a signal handler: the `accept()` that waits and
  /// every later one throw `canceled`. Other processes that have the listener by fork(2) go on.
  void cancel() noexcept;

  /// Stops listening, and removes the path, unless another server has it by now. In a child process, the path
  /// is left alone. Not to be called while another thread is in `accept()` or `cancel()`.
  void close() noexcept;

 private:
  explicit local_listener(tcp_listener&& listener);

  std::unique_ptr<detail::bound_path> path_;
  tcp_listener listener_;
};

}  // namespace iostls
