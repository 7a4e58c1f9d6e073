// SPDX-License-Identifier: Apache-2.0
// One port for HTTPS and HTTP: plaintext requests are redirected to the same address with "https".
// one_port_for_both PORT CERTIFICATE-AND-KEY.pem HOST
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <exception>
#include <iostream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <iostls/iostls.hpp>

namespace {

using std::chrono::seconds;
using std::chrono::steady_clock;

constexpr int most_clients = 32;

// Closes the socket unless a stream has taken it over.
struct accepted {
  explicit accepted(int descriptor) : fd(descriptor) {}
  accepted(const accepted&) = delete;
  accepted& operator=(const accepted&) = delete;
  ~accepted() {
    if (fd >= 0) ::close(fd);
  }
  int fd;
};

// Whatever the request is, the answer is the same. Reading to the end keeps the system from resetting
// the connection before the answer has arrived.
void redirect(int fd, const std::string& host) {
  const timeval limit = {2, 0};
  ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  const std::string answer = "HTTP/1.1 301 Moved Permanently\r\nLocation: https://" + host +
                             "/\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
  ::send(fd, answer.data(), answer.size(), MSG_NOSIGNAL);
  ::shutdown(fd, SHUT_WR);
  std::array<char, 4096> ignored;
  const auto last = steady_clock::now() + seconds(5);
  while (steady_clock::now() < last && ::recv(fd, ignored.data(), ignored.size(), 0) > 0) {
  }
}

void serve(iostls::ssl_server_stream& client) {
  client.expires_after(seconds(30));
  std::string line;
  for (int i = 0; i < 100 && iostls::getline(client, line, 8192) && line != "\r"; ++i) continue;
  client << "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nsafe\n";
  client.close();
}

void serve_all(iostls::tcp_listener& listener, const iostls::ssl_context& context,
               const std::string& host) {
  for (;;) {
    try {
      accepted client(listener.accept());
      if (!iostls::looks_like_tls(client.fd, steady_clock::now() + seconds(10))) {
        redirect(client.fd, host);
        continue;
      }
      iostls::ssl_server_stream stream(client.fd, context);
      client.fd = -1;
      serve(stream);
    } catch (const std::exception& e) {  // a client that was silent, say
      std::clog << std::string(e.what()) + '\n';
    }
  }
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 4) throw std::runtime_error("usage: one_port_for_both PORT PEM-FILE HOST");
  const auto context = iostls::ssl_context::server(argv[2]);
  iostls::tcp_listener listener("localhost", argv[1]);
  std::cout << "port " << listener.port() << std::endl;
  std::vector<std::thread> threads;
  try {
    for (int i = 0; i < most_clients; ++i) {
      threads.emplace_back([&] { serve_all(listener, context, argv[3]); });
    }
  } catch (const std::exception& e) {  // no more threads can be had: fewer serve
    if (threads.empty()) throw;
    std::clog << threads.size() << " threads: " << e.what() << '\n';
  }
  for (std::thread& thread : threads) thread.join();
} catch (const std::exception& e) {
  std::cerr << e.what() << '\n';
  return 1;
}
