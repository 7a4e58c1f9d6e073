// SPDX-License-Identifier: Apache-2.0
// The client of README.md.
#include <iostream>
#include <string>

#include <iostls/iostls.hpp>

int main() {
  iostls::ssl_client_stream server("example.org", "443");  // connects, and verifies the server
  server << "GET / HTTP/1.1\r\nHost: example.org\r\nConnection: close\r\n\r\n";
  std::string line;
  while (getline(server, line)) std::cout << line << '\n';
  if (server.error()) {
    std::cerr << server.last_error()->what() << '\n';
    return 1;
  }
}
