// SPDX-License-Identifier: Apache-2.0
// A server with one stream for all its clients, one after the other. It reads server.pem, certificate and
// key, from the folder that it is started in, and prints its port.
#include <exception>
#include <iostream>
#include <string>

#include <iostls/iostls.hpp>

namespace {

void answer(std::iostream& client) {
  std::string line;
  while (getline(client, line)) client << "you said: " << line << '\n';
}

// One client after the other, in the same object.
void serve_in_turn(iostls::tcp_listener& listener, const iostls::ssl_context& context) {
  iostls::ssl_server_stream client(context);
  for (;;) {
    listener.accept(client);
    answer(client);
    client.close();
  }
}

}  // namespace

int main() try {
  static const auto context = iostls::ssl_context::server("server.pem");
  iostls::tcp_listener listener("localhost");
  std::cout << "port " << listener.port() << std::endl;
  serve_in_turn(listener, context);
} catch (const std::exception& e) {
  std::cerr << e.what() << '\n';
  return 1;
}
