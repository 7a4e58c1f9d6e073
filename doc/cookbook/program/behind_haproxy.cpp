// SPDX-License-Identifier: Apache-2.0
// A server behind a balancer, which learns its clients' addresses from the PROXY protocol.
// behind_haproxy PORT CERTIFICATE-AND-KEY.pem BALANCER...
#include <unistd.h>

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

// The header comes in front of TLS. It is accepted from the balancers alone: anybody could send one.
iostls::ssl_server_stream open(int fd, const iostls::ssl_context& context,
                               const std::vector<std::string>& balancers) {
  try {
    const auto header = iostls::read_proxy_header(fd, steady_clock::now() + seconds(5), balancers);
    return iostls::ssl_server_stream(iostls::proxied_socket(fd, header), context);
  } catch (...) {
    ::close(fd);
    throw;
  }
}

void talk(iostls::ssl_server_stream client) {
  client.expires_after(seconds(30));
  client << "hello " << client.peer_address() << '\n';
  client.close();
  if (client.error()) std::clog << std::string(client.last_error()->what()) + '\n';
}

void serve_all(iostls::tcp_listener& listener, const iostls::ssl_context& context,
               const std::vector<std::string>& balancers) {
  for (;;) {
    try {
      talk(open(listener.accept(), context, balancers));
    } catch (const std::exception& e) {  // a stranger, a health check that only connects ...
      std::clog << std::string(e.what()) + '\n';
    }
  }
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc < 4) throw std::runtime_error("usage: behind_haproxy PORT PEM-FILE BALANCER...");
  const auto context = iostls::ssl_context::server(argv[2]);
  const std::vector<std::string> balancers(argv + 3, argv + argc);
  iostls::tcp_listener listener("localhost", argv[1]);
  std::cout << "port " << listener.port() << std::endl;
  std::vector<std::thread> threads;
  try {
    for (int i = 0; i < most_clients; ++i) {
      threads.emplace_back([&] { serve_all(listener, context, balancers); });
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
