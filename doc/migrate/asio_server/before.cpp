// SPDX-License-Identifier: Apache-2.0
// A dictionary (DICT, RFC 2229) on a port that it prints, for one client after the other.
#include <exception>
#include <iostream>

#include <asio.hpp>

#include "dictionary.hpp"

int main() try {
  asio::io_context io;
  asio::ip::tcp::acceptor listener(io, {asio::ip::address_v4::loopback(), 0});
  std::cout << "port " << listener.local_endpoint().port() << std::endl;
  for (;;) {
    asio::ip::tcp::iostream client;
    listener.accept(client.socket());
    std::cerr << client.socket().remote_endpoint() << '\n';
    dictionary::answer(client);
  }
} catch (const std::exception& e) {
  std::cerr << e.what() << '\n';
  return 1;
}
