// SPDX-License-Identifier: Apache-2.0
// A server that shows each client the certificate that the files have at the time.
// renewing_server PORT FULLCHAIN.pem PRIVKEY.pem
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

// Looks at the files once a second at most. If new ones cannot be used, the old ones stay in use.
void renew(const iostls::ssl_context& context) {
  try {
    if (context.reload_if_changed()) std::clog << "new certificate\n";
  } catch (const std::exception& e) {
    std::clog << std::string("still with the old certificate: ") + e.what() + '\n';
  }
}

// A constructor that throws has not taken the descriptor over.
iostls::ssl_server_stream next_client(iostls::tcp_listener& listener,
                                      const iostls::ssl_context& context) {
  const int fd = listener.accept();
  renew(context);
  try {
    return iostls::ssl_server_stream(fd, context);
  } catch (...) {
    ::close(fd);
    throw;
  }
}

void talk(iostls::ssl_server_stream client) {
  client.expires_after(std::chrono::seconds(10));
  client << "hello\n";
  client.close();
}

void serve(iostls::tcp_listener& listener, const iostls::ssl_context& context) {
  for (;;) {
    try {
      talk(next_client(listener, context));
    } catch (const std::exception& e) {  // a shortage of memory, say
      std::clog << std::string(e.what()) + '\n';
      std::this_thread::sleep_for(std::chrono::seconds(1));
    }
  }
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 4) throw std::runtime_error("usage: renewing_server PORT FULLCHAIN PRIVKEY");
  iostls::context_options options;
  options.certificate = argv[2];
  options.key = argv[3];
  const auto context = iostls::ssl_context::server(options);
  iostls::tcp_listener listener("localhost", argv[1]);
  std::cout << "port " << listener.port() << std::endl;
  std::vector<std::thread> threads;
  try {
    for (int i = 0; i < 16; ++i) {
      threads.emplace_back([&] { serve(listener, context); });
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
