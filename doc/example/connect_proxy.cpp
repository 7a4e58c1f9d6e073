// SPDX-License-Identifier: Apache-2.0
// An HTTP/1.1 proxy for CONNECT (RFC 9110, 9.3.6) that clients speak TLS to:
// connect_proxy PORT CERTIFICATE-AND-KEY.pem DESTINATION-PORT...
// It listens on localhost, and connects to no other ports than those that are named.
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <functional>
#include <iostream>
#include <set>
#include <string>

#include <iostls/iostls.hpp>

#include "support/connection_pool.hpp"
#include "support/http_message.hpp"
#include "support/plain_stream.hpp"
#include "support/stop_signal.hpp"
#include "support/tunnel.hpp"

namespace {

using clock_type = std::chrono::steady_clock;
using ports = std::set<std::string>;

constexpr std::chrono::seconds patience(30);  // with a request, and with a destination

struct destination {
  std::string host, port;
};

// "CONNECT example.org:443 HTTP/1.1", "CONNECT [2001:db8::1]:443 HTTP/1.1". Returns a status.
int parse(const std::string& line, const ports& allowed, destination& to) {
  const std::size_t first = line.find(' ');
  const std::size_t last = line.rfind(' ');
  if (first == last || line.compare(last, 8, " HTTP/1.") != 0) return 400;
  if (line.compare(0, first, "CONNECT") != 0) return 405;
  const std::string target = line.substr(first + 1, last - first - 1);
  const std::size_t colon = target.rfind(':');
  if (colon == std::string::npos) return 400;
  to = {target.substr(0, colon), target.substr(colon + 1)};
  if (to.host.size() > 2 && to.host.front() == '[' && to.host.back() == ']') {
    to.host = to.host.substr(1, to.host.size() - 2);
  }
  if (to.host.empty() || to.host.find(' ') != std::string::npos) return 400;
  return allowed.count(to.port) != 0 ? 200 : 403;
}

void refuse(std::iostream& client, int status, const std::string& reason) {
  client << "HTTP/1.1 " << status << ' ' << reason << "\r\n"
         << (status == 405 ? "Allow: CONNECT\r\n" : "")
         << "Content-Length: 0\r\nConnection: close\r\n\r\n";
}

const char* reason_of(int status) {
  return status == 403 ? "Forbidden" : status == 405 ? "Method Not Allowed" : "Bad Request";
}

void connect_through(iostls::ssl_server_stream& client, const destination& to) {
  int fd = -1;
  try {
    fd = iostls::connect_tcp(to.host, to.port, clock_type::now() + patience);
  } catch (const iostls::ssl_error& e) {
    std::cerr << std::string("connect_proxy: ") + e.what() + "\n";
    return refuse(client, 502, "Bad Gateway");
  }
  // Two streams on one buffer: each has a state that belongs to one thread.
  example::plain_buffer buffer(fd);
  std::istream in(&buffer);
  std::ostream out(&buffer);
  client << "HTTP/1.1 200 Connection established\r\n\r\n" << std::flush;
  client.expires_never();  // a tunnel may be idle
  example::tunnel(
      client, {in, out, [fd] { ::shutdown(fd, SHUT_WR); }, [fd] { ::shutdown(fd, SHUT_RDWR); }});
  ::close(fd);
}

void serve(iostls::ssl_server_stream& client, const ports& allowed) {
  client.expires_after(patience);
  example::http_message request;
  const example::outcome got = read_head(client, request);
  if (got == example::outcome::none || got == example::outcome::incomplete) return;
  destination to;
  const int status =
      got == example::outcome::complete ? parse(request.start_line, allowed, to) : 400;
  if (status == 200) {
    connect_through(client, to);
  } else {
    refuse(client, status, reason_of(status));
  }
  client.close();
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc < 4) {
    std::cerr << "usage: connect_proxy PORT CERTIFICATE-AND-KEY.pem DESTINATION-PORT...\n";
    return 2;
  }
  iostls::context_options options;
  options.certificate = argv[2];
  // The tunnelled protocol marks the end of its messages itself.
  options.require_close_notify = false;
  const auto context = iostls::ssl_context::server(options);
  const ports allowed(argv + 3, argv + argc);
  iostls::tcp_listener listener("localhost", argv[1]);
  const example::stop_signal on_signal([&] { listener.cancel(); });
  example::connection_pool tunnels(
      "connect_proxy", [&](iostls::ssl_server_stream& client, const std::function<void()>&) {
        serve(client, allowed);
      });
  std::cout << "listening on port " << listener.port() << std::endl;
  tunnels.serve_all(listener, context);
} catch (const std::exception& e) {
  std::cerr << "connect_proxy: " << e.what() << '\n';
  return 1;
}
