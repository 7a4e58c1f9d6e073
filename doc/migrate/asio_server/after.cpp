// SPDX-License-Identifier: Apache-2.0
// A dictionary (DICT, RFC 2229) on a port that it prints, for one client after the other.
#include <exception>
#include <iostream>

#include <iostls/iostls.hpp>

#include "dictionary.hpp"

int main() try {
  const auto context = iostls::ssl_context::server("server.pem");
  iostls::tcp_listener listener("127.0.0.1");
  std::cout << "port " << listener.port() << std::endl;
  for (;;) {
    iostls::ssl_server_stream client = listener.accept(context);
    std::cerr << client.peer_address() << '\n';
    dictionary::answer(client);
  }
} catch (const std::exception& e) {
  std::cerr << e.what() << '\n';
  return 1;
}
