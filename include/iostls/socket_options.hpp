// SPDX-License-Identifier: Apache-2.0
/// \file
/// Options of TCP sockets, for connecting and for listening, and the sockets that systemd hands over.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include <iostls/export.hpp>
#include <iostls/setting.hpp>

namespace iostls {

/// An unset option has the system's default, unless another one is stated. Sockets that a listener accepts have the options of
/// the listener.
struct socket_options {
  /// Small writes are not delayed (TCP_NODELAY). Default true: a stream gathers them itself.
  setting<bool> no_delay;
  /// Idle connections are probed, so that a peer that has vanished is noticed (SO_KEEPALIVE). Default
  /// true if one of the next three is set, else false.
  setting<bool> keep_alive;
  setting<std::chrono::seconds> keep_alive_idle;  ///< before the first probe; two hours on Linux
  setting<std::chrono::seconds> keep_alive_interval;  ///< between probes; 75 s on Linux
  setting<int> keep_alive_count;                      ///< of probes without an answer; 9 on Linux
  /// How long output may stay without acknowledgement (TCP_USER_TIMEOUT, Linux): then the connection has
  /// failed with std::errc::timed_out.
  setting<std::chrono::milliseconds> user_timeout;
  /// In bytes (SO_SNDBUF, SO_RCVBUF). Linux adapts buffers to the connection if they are unset.
  setting<int> send_buffer, receive_buffer;

  /// Connecting: from which address of this machine, "192.0.2.7" or "2001:db8::7". Servers of the other
  /// protocol cannot be reached then.
  setting<std::string> local_address;

  /// Listening: how many clients may wait to be accepted. Default: as many as the system allows.
  setting<int> backlog;
  /// Listening: other sockets, also of other processes of the same user, may listen at the port, and clients
  /// are spread over them (SO_REUSEPORT). Default false.
  setting<bool> reuse_port;
  /// Listening at an address of IPv6: whether the address of all interfaces serves IPv4, too. Default true.
  setting<bool> dual_stack;
};

/// Sets the options that are set there on a socket, except those for connecting or listening. Throws `ssl_error`, with
/// the option as its operation: `bad_configuration` for a value that makes no sense, `system_error` if the
/// system refuses it, or does not have it.
IOSTLS_EXPORT void set_socket_options(int fd, const socket_options& options);

/// The sockets that systemd, or another program that starts servers, has handed over to this process by
/// LISTEN_FDS and LISTEN_PID (sd_listen_fds(3)); for `tcp_listener::adopt` and `local_listener::adopt`. Empty if
/// there are none, or if they are for another process. Sets them to be closed on exec. Each call returns
/// the same: only one of them is to be used.
IOSTLS_EXPORT std::vector<int> inherited_sockets();

}  // namespace iostls
