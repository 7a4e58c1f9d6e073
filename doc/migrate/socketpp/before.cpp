// SPDX-License-Identifier: Apache-2.0
// Looks a word up in a dictionary (DICT, RFC 2229): HOST PORT WORD
#include <cstdlib>
#include <exception>
#include <iostream>

#include <socket++/sockinet.h>

#include "dictionary.hpp"

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  try {
    iosockinet server(sockbuf::sock_stream);
    server->connect(argv[1], std::atoi(argv[2]));
    std::cout << dictionary::look_up(server, argv[3]);
  } catch (const sockerr& e) {
    std::cerr << e.operation() << ": " << e.errstr() << '\n';
    return 1;
  } catch (const std::exception& e) {
    std::cerr << e.what() << '\n';
    return 1;
  }
}
