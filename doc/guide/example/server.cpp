// SPDX-License-Identifier: Apache-2.0
// A server: CERTIFICATE KEY. It prints its port, and answers each line, a thread for each client.
#include <chrono>
#include <exception>
#include <iostream>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

#include <iostls/iostls.hpp>

namespace {

iostls::ssl_context make_context(const char* certificate, const char* key) {
  iostls::context_options options;
  options.certificate = certificate;
  options.key = key;
  options.handshake_timeout = std::chrono::seconds(10);
  options.read_timeout = std::chrono::minutes(5);
  options.write_timeout = std::chrono::seconds(30);
  return iostls::ssl_context::server(options);
}

void answer(std::iostream& client) {
  std::string line;
  while (iostls::getline(client, line, 8192)) client << "you said: " << line << '\n';
}

void serve(iostls::ssl_server_stream client) {
  answer(client);
  client.close();
  if (client.error()) std::cerr << client.last_error()->what() << '\n';
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 3) {
    std::cerr << "usage: server CERTIFICATE KEY\n";
    return 2;
  }
  const iostls::ssl_context context = make_context(argv[1], argv[2]);
  iostls::tcp_listener listener("localhost");
  std::cout << "port " << listener.port() << std::endl;
  for (;;) {
    iostls::ssl_server_stream client = listener.accept(context);
    try {
      std::thread(serve, std::move(client)).detach();
    } catch (const std::system_error& e) {  // no thread can be started: drop this client
      std::cerr << e.what() << '\n';
    }
  }
} catch (const std::exception& e) {
  std::cerr << e.what() << '\n';
  return 1;
}
