// SPDX-License-Identifier: Apache-2.0
// Looks a word up in a dictionary (DICT, RFC 2229): HOST PORT WORD
#include <exception>
#include <iostream>

#include <iostls/iostls.hpp>

#include "dictionary.hpp"
#include "tcp_socket.hpp"

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  try {
    const int fd = connect_to(argv[1], argv[2]);
    iostls::connection_options options;
    options.server_name = argv[1];
    iostls::ssl_streambuf server(fd, iostls::ssl_context::client(), options);
    std::istream in(&server);
    std::ostream out(&server);
    std::cout << dictionary::look_up(in, out, argv[3]);
    server.close();
  } catch (const std::exception& e) {
    std::cerr << e.what() << '\n';
    return 1;
  }
}
