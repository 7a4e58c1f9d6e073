// SPDX-License-Identifier: Apache-2.0
// Answers each line with the line reversed, over TLS, on a port that it prints.
#include <exception>
#include <iostream>
#include <string>

#include <iostls/iostls.hpp>

namespace {

iostls::ssl_context make_context() {
  iostls::context_options options;
  options.certificate = "server.pem";
  options.method = iostls::tls_method::parse("tlsv1.2+");
  options.verify = iostls::verify_mode::optional;
  options.ca_file = "ca.pem";
  return iostls::ssl_context::server(options);
}

void serve(iostls::ssl_server_stream& client) {
  client.exceptions(std::ios::badbit);
  client << (client.peer_certificate() ? "a friend" : "a stranger") << std::endl;
  std::string line;
  while (getline(client, line)) client << std::string(line.rbegin(), line.rend()) << std::endl;
}

}  // namespace

int main() try {
  const iostls::ssl_context context = make_context();
  iostls::tcp_listener listener("127.0.0.1");
  std::cout << "port " << listener.port() << std::endl;
  for (;;) {
    iostls::ssl_server_stream client = listener.accept(context);
    try {
      serve(client);
    } catch (const iostls::ssl_error& problem) {
      std::cerr << problem.what() << '\n';
    }
  }
} catch (const std::exception& e) {
  std::cerr << e.what() << '\n';
  return 1;
}
