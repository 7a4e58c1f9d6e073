// SPDX-License-Identifier: Apache-2.0
// A dictionary (DICT, RFC 2229) on a port that it prints, for one client after the other.
#include <exception>
#include <iostream>

#include <sys/socket.h>
#include <iostls/iostls.hpp>

#include "dictionary.hpp"
#include "tcp_socket.hpp"

int main() try {
  const auto context = iostls::ssl_context::server("server.pem");
  const int listener = listen_and_say_where();
  for (;;) {
    const int fd = accept(listener, nullptr, nullptr);
    iostls::ssl_streambuf client(fd, context);
    std::istream in(&client);
    std::ostream out(&client);
    dictionary::answer(in, out);
  }
} catch (const std::exception& e) {
  std::cerr << e.what() << '\n';
  return 1;
}
