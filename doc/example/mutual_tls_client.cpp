// SPDX-License-Identifier: Apache-2.0
// Identifies itself by a certificate, sends a line and shows the answers:
// mutual_tls_client PORT CERTIFICATE-AND-KEY.pem CA.pem
#include <iostream>

#include <iostls/iostls.hpp>

int main(int argc, char** argv) try {
  if (argc != 4) {
    std::cerr << "usage: mutual_tls_client PORT CERTIFICATE-AND-KEY.pem CA.pem\n";
    return 2;
  }
  iostls::context_options options;
  options.certificate = argv[2];
  options.ca_file = argv[3];
  options.read_timeout = std::chrono::seconds(30);
  iostls::ssl_client_stream server("localhost", argv[1], options);

  // In TLS 1.3 a client's handshake is over before the server has seen the certificate: a refusal
  // arrives with the first answer, and not here.
  server << "good morning\n";
  server.shutdown_write();
  std::string line;
  while (getline(server, line)) std::cout << line << '\n';
  if (server.error()) throw iostls::ssl_error(*server.last_error());
} catch (const std::exception& e) {
  std::cerr << "mutual_tls_client: " << e.what() << '\n';
  return 1;
}
