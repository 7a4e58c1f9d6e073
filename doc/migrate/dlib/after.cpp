// SPDX-License-Identifier: Apache-2.0
// Looks a word up in a dictionary (DICT, RFC 2229): HOST PORT WORD
#include <chrono>
#include <exception>
#include <iostream>

#include <iostls/iostls.hpp>

#include "dictionary.hpp"

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  try {
    iostls::ssl_client_stream server(argv[1], argv[2]);
    if (server.error()) throw *server.last_error();
    server.expires_after(std::chrono::seconds(20));
    std::cout << dictionary::look_up(server, argv[3]);
  } catch (const std::exception& e) {
    std::cerr << e.what() << '\n';
    return 1;
  }
}
