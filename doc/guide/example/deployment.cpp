// SPDX-License-Identifier: Apache-2.0
// The lines of the page on deployment: HOST SERVICE CA-FILE DAYS. Exits with 0 if the server's
// certificate is valid for more than so many days.
#include <chrono>
#include <exception>
#include <iostream>
#include <string>

#include <iostls/iostls.hpp>

namespace {

// What a watchdog asks a server: how long its certificate will last.
std::chrono::hours life_left(const char* host, const char* service, const char* ca_file) {
  iostls::context_options options;
  options.ca_file = ca_file;
  iostls::ssl_client_stream server(host, service, options);
  if (server.error()) throw *server.last_error();
  const auto end = server.peer_certificate().not_after();
  return std::chrono::duration_cast<std::chrono::hours>(end - std::chrono::system_clock::now());
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 5) {
    std::cerr << "usage: deployment HOST SERVICE CA-FILE DAYS\n";
    return 2;
  }
  const std::chrono::hours left = life_left(argv[1], argv[2], argv[3]);
  std::cout << left.count() / 24 << " days left\n";
  return left > std::chrono::hours(24) * std::stoi(argv[4]) ? 0 : 1;
} catch (const std::exception& e) {
  std::cerr << e.what() << '\n';
  return 1;
}
