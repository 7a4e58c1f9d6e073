// SPDX-License-Identifier: Apache-2.0
// Looks a word up in a dictionary (DICT, RFC 2229): HOST PORT WORD
#include <exception>
#include <iostream>
#include <stdexcept>
#include <string>

#include <commoncpp/commoncpp.h>

#include "dictionary.hpp"

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  try {
    ost::TCPStream server((argv[1] + std::string(":") + argv[2]).c_str());
    if (!server.isConnected()) throw std::runtime_error("cannot connect");
    std::cout << dictionary::look_up(server, argv[3]);
  } catch (const std::exception& e) {
    std::cerr << e.what() << '\n';
    return 1;
  }
}
