// SPDX-License-Identifier: Apache-2.0
// A client whose network does not see which host it asks for: HOST SERVICE ECH-CONFIG [CA-FILE]. Sends its
// standard input line by line, and prints each answer.
#include <exception>
#include <iostream>
#include <string>

#include <iostls/iostls.hpp>

namespace {

// With the list that a server has offered, it is tried once more; a second offer is not followed.
iostls::ssl_client_stream connect(const std::string& host, const std::string& service,
                                  const iostls::ssl_context& context, const std::string& config) {
  iostls::connection_options own;
  own.ech_config = config;
  iostls::ssl_client_stream server(host, service, context, own);
  if (server.error() != iostls::ssl_errc::ech_rejected) return server;
  own.ech_config = server.last_error()->ech_retry_configs();
  if (own.ech_config.value().empty()) return server;  // without a list, the host would be visible
  return iostls::ssl_client_stream(host, service, context, own);
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 4 && argc != 5) {
    std::cerr << "usage: hidden_host HOST SERVICE ECH-CONFIG [CA-FILE]\n";
    return 2;
  }
  iostls::context_options options;
  if (argc == 5) options.ca_file = argv[4];
  auto server = connect(argv[1], argv[2], iostls::ssl_context::client(options), argv[3]);
  if (!server.error()) std::cerr << "hidden: " << server.info().ech_status << '\n';
  std::string line;
  while (getline(std::cin, line) && server << line << '\n' && getline(server, line)) {
    std::cout << line << '\n';
  }
  if (!server.error()) return 0;
  std::cerr << server.last_error()->what() << '\n';
  return 1;
} catch (const std::exception& e) {
  std::cerr << e.what() << '\n';
  return 1;
}
