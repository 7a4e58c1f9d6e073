// SPDX-License-Identifier: Apache-2.0
// The lines of the pages on addresses and sockets, and on serving for years. Exits with 0 if they do what these say.
#include <unistd.h>

#include <chrono>
#include <string>
#include <vector>

#include <iostls/iostls.hpp>

#include "two_ends.hpp"

namespace {

std::chrono::steady_clock::time_point in_ten_seconds() {
  return std::chrono::steady_clock::now() + std::chrono::seconds(10);
}

// Long-lived connections: a peer that has vanished is noticed within two minutes.
iostls::socket_options for_long_lives() {
  iostls::socket_options options;
  options.keep_alive_idle = std::chrono::seconds(60);
  options.keep_alive_interval = std::chrono::seconds(15);
  options.keep_alive_count = 4;
  options.user_timeout = std::chrono::minutes(2);
  return options;
}

// A client whose socket has options of its own.
iostls::ssl_client_stream dial(const std::string& host, int port,
                               const iostls::ssl_context& context) {
  const int fd = iostls::connect_tcp(host, port, for_long_lives(), in_ten_seconds());
  iostls::connection_options options;
  options.server_name = host;
  return iostls::ssl_client_stream(fd, context, options);
}

// A client through the company's proxy.
iostls::ssl_client_stream dial_through(const iostls::http_proxy& proxy, const std::string& host,
                                       const iostls::ssl_context& context) {
  iostls::connection_options options;
  options.server_name = host;
  const int fd = iostls::connect_tunnel(proxy, host, 443, in_ten_seconds());
  return iostls::ssl_client_stream(fd, context, options);
}

// One client of a server that has a balancer in front.
std::string client_behind(int fd, const iostls::ssl_context& context) {
  const auto header = iostls::read_proxy_header(fd, in_ten_seconds(), {"127.0.0.0/8"});
  iostls::ssl_server_stream client(iostls::proxied_socket(fd, header), context);
  client.do_handshake();
  return client.peer_address();
}

// What systemd hands over, or else a port of its own.
iostls::tcp_listener first_listener(int port) {
  const std::vector<int> sockets = iostls::inherited_sockets();
  if (!sockets.empty()) return iostls::tcp_listener::adopt(sockets[0]);
  return iostls::tcp_listener("", port);
}

bool speaks_over_tcp() {
  const two_ends ends;
  iostls::tcp_listener listener = first_listener(0);
  bool has_heard = false;
  {
    const in_background server([&] {
      auto s = listener.accept(ends.server_context());
      s << "hello" << std::endl;
      s.close();
    });
    auto s = dial("localhost", listener.port(), ends.client_context());
    std::string line;
    getline(s, line);
    has_heard = line == "hello";
  }
  return has_heard;
}

bool speaks_over_a_local_socket() {
  const two_ends ends;
  const std::string path = "/tmp/guide-serving-" + std::to_string(::getpid());
  bool has_heard = false;
  // Programs of the same user and group may connect.
  iostls::local_listener listener(path, 0660);
  {
    const in_background server([&] {
      auto s = listener.accept(ends.server_context());
      s << "hello" << std::endl;
      s.close();
    });
    iostls::ssl_client_stream s(iostls::connect_local(path), ends.client_context());
    std::string line;
    getline(s, line);
    has_heard = line == "hello" && s.peer_address() == "unix:" + path;
  }
  return has_heard;
}

bool knows_the_client_of_a_balancer() {
  const two_ends ends;
  iostls::tcp_listener listener("127.0.0.1");
  const in_background balancer([&] {
    const int fd = iostls::connect_tcp("127.0.0.1", listener.port());
    const std::string header = "PROXY TCP4 192.0.2.1 198.51.100.7 51257 443\r\n";
    if (::write(fd, header.data(), header.size()) < 0) return;
    iostls::ssl_client_stream client(fd, ends.client_context());
    client.do_handshake();
  });
  return client_behind(listener.accept(), ends.server_context()) == "192.0.2.1:51257";
}

bool names_the_proxy() {
  try {
    dial_through({"127.0.0.1", "1", "", ""}, "localhost", iostls::ssl_context::client());
  } catch (const iostls::ssl_error& e) {
    return std::string(e.what()).find("127.0.0.1:1") != std::string::npos;
  }
  return false;
}

}  // namespace

int main() {
  return speaks_over_tcp() && speaks_over_a_local_socket() && knows_the_client_of_a_balancer() &&
                 names_the_proxy()
             ? 0
             : 1;
}
