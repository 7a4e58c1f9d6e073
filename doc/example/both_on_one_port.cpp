// SPDX-License-Identifier: Apache-2.0
// One port for TLS and for plaintext, perhaps behind a balancer:
// both_on_one_port PORT CERTIFICATE-AND-KEY.pem [BALANCER...]
// A balancer is an address or a network, 10.0.0.0/8, that sends the header of the PROXY protocol. Each client is
// greeted with its address; each line over TLS is sent back; plaintext gets no more than the greeting.
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <iostream>
#include <string>
#include <vector>

#include <iostls/iostls.hpp>

#include "support/http_message.hpp"
#include "support/session_list.hpp"
#include "support/stop_signal.hpp"

namespace {

using clock_type = std::chrono::steady_clock;

constexpr std::chrono::seconds patience(5);  // with the beginning of a connection
constexpr std::chrono::seconds idle(30);

// Sends the greeting, and takes in what the client goes on sending, for a while: closing a socket with input that was
// not read may destroy output on its way.
void greet_in_plaintext(int fd, const std::string& address, clock_type::time_point deadline) {
  const timeval limit = {1, 0};
  ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  const std::string greeting = "hello " + address + ", this is plaintext\r\n";
  ::send(fd, greeting.data(), greeting.size(), MSG_NOSIGNAL);
  ::shutdown(fd, SHUT_WR);
  std::array<char, 4096> ignored;
  while (clock_type::now() < deadline && ::recv(fd, ignored.data(), ignored.size(), 0) > 0) {
  }
}

void talk(iostls::ssl_server_stream& client) {
  client.expires_after(idle);
  client << "hello " << client.peer_address() << ", this is TLS\r\n" << std::flush;
  std::string line;
  while (example::read_line(client, line) == example::line_outcome::complete) {
    client << line << "\r\n";
    client.expires_after(idle);
  }
}

// The socket stays the caller's unless the stream is open in the end.
void begin(iostls::ssl_server_stream& stream, int fd, const std::vector<std::string>& balancers) {
  const auto deadline = clock_type::now() + patience;
  iostls::proxy_header header;
  if (!balancers.empty()) header = iostls::read_proxy_header(fd, deadline, balancers);
  if (!iostls::looks_like_tls(fd, deadline)) {
    const std::string address = header.has_client() ? header.source : "stranger";
    return greet_in_plaintext(fd, address, deadline);
  }
  stream.accept(iostls::proxied_socket(fd, header));
}

void serve(iostls::ssl_server_stream& stream, int fd, const std::vector<std::string>& balancers,
           const example::session_list& all) {
  try {
    begin(stream, fd, balancers);
  } catch (...) {
    ::close(fd);
    throw;
  }
  if (!stream.is_open()) {
    ::close(fd);
  } else if (!all.is_ending()) {
    talk(stream);
  }
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc < 3) {
    std::cerr << "usage: both_on_one_port PORT CERTIFICATE-AND-KEY.pem [BALANCER...]\n";
    return 2;
  }
  iostls::context_options options;
  options.certificate = argv[2];
  options.handshake_timeout = patience;
  const auto context = iostls::ssl_context::server(options);
  const std::vector<std::string> balancers(argv + 3, argv + argc);
  iostls::tcp_listener listener("localhost", argv[1]);
  example::session_list sessions(
      "both_on_one_port", context, 64,
      [&](iostls::ssl_server_stream& client, int fd) { serve(client, fd, balancers, sessions); });
  // Before the list has threads, and gone before the list is.
  const example::stop_signal on_signal([&] {
    listener.cancel();
    sessions.end();
  });
  std::cout << "listening on port " << listener.port() << std::endl;
  sessions.serve_all(listener);
} catch (const std::exception& e) {
  std::cerr << "both_on_one_port: " << e.what() << '\n';
  return 1;
}
