// SPDX-License-Identifier: Apache-2.0
// The client of README.md for the server there.
#include <iostream>
#include <string>

#include <iostls/iostls.hpp>

int main() try {
  iostls::context_options options;
  options.ca_file = "certificate.pem";  // leave it out for servers with a public certificate
  iostls::ssl_client_stream server("localhost", "8443", options);
  std::string line;
  while (getline(std::cin, line) && server << line << '\n' && getline(server, line)) {
    std::cout << line << '\n';
  }
  if (!server.error()) return 0;
  std::cerr << server.last_error()->what() << '\n';
  return 1;
} catch (const iostls::ssl_error& e) {  // certificate.pem is missing or empty
  std::cerr << e.what() << "\nStart the server first: its output belongs in certificate.pem.\n";
  return 1;
}
