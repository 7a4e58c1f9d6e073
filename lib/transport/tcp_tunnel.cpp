// SPDX-License-Identifier: Apache-2.0
// Tunnels through a proxy that is reached by TCP.
#include <iostls/ssl_error.hpp>
#include <iostls/tcp.hpp>
#include <iostls/tunnel.hpp>

#include "openssl/error.hpp"
#include "system/owned_descriptor.hpp"
#include "system/socket_address.hpp"
#include "transport/http_connect_messages.hpp"
#include "transport/numbered_ports.hpp"
#include "transport/plain_exchange.hpp"

namespace iostls {
namespace {

using time_point = std::chrono::steady_clock::time_point;

// The bytes after the head belong to the server: none of them is consumed.
std::string read_head(detail::plain_exchange& proxy) {
  std::string head;
  for (;;) {
    const std::string seen = proxy.peek(detail::longest_proxy_answer);
    if (seen.empty()) proxy.fail(ssl_errc::truncated, "the proxy has ended the connection");
    const std::size_t size = detail::head_size(head + seen);
    proxy.skip(size != 0 ? size - head.size() : seen.size());
    head += seen;
    if (size != 0) return head.substr(0, size);
    if (head.size() > detail::longest_proxy_answer) {
      proxy.fail(ssl_errc::protocol_error, "the proxy's answer is longer than 16 KiB");
    }
  }
}

void ask(detail::plain_exchange& proxy, const std::string& request) {
  proxy.send(request);
  detail::await_connection(
      [&] { return read_head(proxy); },
      [&](std::error_code why, const std::string& words) { proxy.fail(why, words); });
}

}  // namespace

int connect_tunnel(const http_proxy& proxy, const std::string& host, const std::string& service,
                   time_point deadline) {
  const std::string request = detail::connect_request(proxy, host, service);
  detail::owned_descriptor fd(connect_tcp(proxy.host, proxy.service, deadline));
  detail::plain_exchange exchange(fd.get(), deadline, "connect",
                                  detail::host_and_port(host, service) + " by the proxy " +
                                      detail::host_and_port(proxy.host, proxy.service));
  ask(exchange, request);
  return fd.release();
}

int connect_tunnel(const http_proxy& proxy, const std::string& host, int port,
                   time_point deadline) {
  return connect_tunnel(proxy, host, detail::port_text(port), deadline);
}

}  // namespace iostls
