// SPDX-License-Identifier: Apache-2.0
// A dictionary (DICT, RFC 2229) for the client at descriptor 0: what inetd(8) starts.
#include <exception>
#include <iostream>

#include <iostls/iostls.hpp>

#include "dictionary.hpp"

int main() try {
  iostls::ssl_streambuf client(0, iostls::ssl_context::server("server.pem"));
  std::istream in(&client);
  std::ostream out(&client);
  dictionary::answer(in, out);
  client.close();
} catch (const std::exception& e) {
  std::cerr << e.what() << '\n';
  return 1;
}
