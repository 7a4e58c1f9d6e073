// SPDX-License-Identifier: Apache-2.0
// Looks a word up in a dictionary (DICT, RFC 2229): HOST PORT WORD
#include <exception>
#include <iostream>

#include "fdstream.hpp"

#include "dictionary.hpp"
#include "tcp_socket.hpp"

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  try {
    const int fd = connect_to(argv[1], argv[2]);
    fdistream in(fd);
    fdostream out(fd);
    std::cout << dictionary::look_up(in, out, argv[3]);
    close(fd);
  } catch (const std::exception& e) {
    std::cerr << e.what() << '\n';
    return 1;
  }
}
