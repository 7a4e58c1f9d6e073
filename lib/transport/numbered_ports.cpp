// SPDX-License-Identifier: Apache-2.0
#include "transport/numbered_ports.hpp"

#include <iostls/ssl_error.hpp>
#include <iostls/tcp.hpp>

#include "openssl/error.hpp"

namespace iostls {

std::string detail::port_text(int port) {
  constexpr int most = 65535;
  if (port >= 0 && port <= most) return std::to_string(port);
  throw make_error(ssl_errc::bad_configuration, "port",
                   std::to_string(port) + " is not between 0 and " + std::to_string(most));
}

int connect_tcp(const std::string& host, int port, std::chrono::steady_clock::time_point deadline) {
  return connect_tcp(host, detail::port_text(port), deadline);
}

int connect_tcp(const std::string& host, int port, const socket_options& options,
                std::chrono::steady_clock::time_point deadline) {
  return connect_tcp(host, detail::port_text(port), options, deadline);
}

tcp_listener::tcp_listener(const std::string& host, int port)
    : tcp_listener(host, detail::port_text(port)) {}

tcp_listener::tcp_listener(const std::string& host, int port, const socket_options& options)
    : tcp_listener(host, detail::port_text(port), options) {}

}  // namespace iostls
