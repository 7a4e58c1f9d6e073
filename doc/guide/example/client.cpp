// SPDX-License-Identifier: Apache-2.0
// A client: HOST SERVICE CA-FILE [CERTIFICATE KEY]. Sends its standard input line by line, and
// prints each answer.
#include <exception>
#include <iostream>
#include <string>

#include <iostls/iostls.hpp>

namespace {

iostls::ssl_context make_context(const char* ca_file, const char* certificate, const char* key) {
  iostls::context_options options;
  options.ca_file = ca_file;
  if (certificate != nullptr) {
    options.certificate = certificate;
    options.key = key;
  }
  return iostls::ssl_context::client(options);
}

bool talk(const std::string& host, const std::string& service, const iostls::ssl_context& context) {
  iostls::ssl_client_stream server(host, service, context);
  std::string line, answer;
  while (getline(std::cin, line) && server << line << '\n' && getline(server, answer)) {
    std::cout << answer << '\n';
  }
  if (!server.error()) return true;
  std::cerr << server.last_error()->what() << '\n';
  return false;
}

// The same with a socket that the program has connected itself.
[[maybe_unused]] bool can_reach(int fd, const std::string& host) {
  iostls::connection_options options;
  options.server_name = host;
  iostls::ssl_client_stream server(fd, iostls::ssl_context::client(), options);
  server << "hello\n";
  std::string answer;
  return bool(getline(server, answer));
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 4 && argc != 6) {
    std::cerr << "usage: client HOST SERVICE CA-FILE [CERTIFICATE KEY]\n";
    return 2;
  }
  const bool known = argc == 6;
  const auto context = make_context(argv[3], known ? argv[4] : nullptr, known ? argv[5] : nullptr);
  return talk(argv[1], argv[2], context) ? 0 : 1;
} catch (const std::exception& e) {
  std::cerr << e.what() << '\n';
  return 1;
}
