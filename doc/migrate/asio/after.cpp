// SPDX-License-Identifier: Apache-2.0
// Looks a word up in a dictionary (DICT, RFC 2229): HOST SERVICE WORD
#include <chrono>
#include <exception>
#include <iostream>

#include <iostls/iostls.hpp>

#include "dictionary.hpp"

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  iostls::ssl_client_stream server;
  server.expires_after(std::chrono::seconds(20));
  server.connect(argv[1], argv[2]);
  if (!server) {
    std::cerr << "cannot connect: " << server.error().message() << '\n';
    return 1;
  }
  try {
    std::cout << dictionary::look_up(server, argv[3]);
    server.close();
  } catch (const std::exception& e) {
    std::cerr << e.what() << '\n';
    if (server.error()) std::cerr << server.error().message() << '\n';
    return 1;
  }
}
