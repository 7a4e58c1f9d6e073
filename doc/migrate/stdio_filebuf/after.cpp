// SPDX-License-Identifier: Apache-2.0
// A dictionary (DICT, RFC 2229) for the client at descriptor 0: what inetd(8) starts.
#include <exception>
#include <iostream>

#include <iostls/iostls.hpp>

#include "dictionary.hpp"

int main() try {
  iostls::context_options options;
  options.certificate = "server.pem";
  iostls::ssl_server_stream client(0, options);
  dictionary::answer(client);
} catch (const std::exception& e) {
  std::cerr << e.what() << '\n';
  return 1;
}
