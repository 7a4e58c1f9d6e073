// SPDX-License-Identifier: Apache-2.0
// Serves clients whose certificates have the e-mail address of a known user.
// who_is_this_client PORT CERTIFICATE-AND-KEY.pem CA-OF-CLIENTS.pem USER...
#include <chrono>
#include <exception>
#include <iostream>
#include <set>
#include <stdexcept>
#include <string>

#include <iostls/iostls.hpp>

namespace {

iostls::ssl_context make_context(const char* certificate_and_key, const char* ca_of_clients) {
  iostls::context_options options;
  options.certificate = certificate_and_key;
  options.verify = iostls::verify_mode::required;  // the handshake fails without a certificate
  options.ca_file = ca_of_clients;
  options.handshake_timeout = std::chrono::seconds(10);
  return iostls::ssl_context::server(options);
}

// Empty if the certificate has none, or several, of which none is the right one.
std::string user_of(const iostls::certificate& client) {
  const auto addresses = client.email_addresses();
  return addresses.size() == 1 ? addresses.front() : "";
}

void serve(iostls::ssl_server_stream& client, const std::set<std::string>& users) {
  client.expires_after(std::chrono::seconds(30));
  const std::string user = user_of(client.peer_certificate());  // throws if the handshake fails
  if (users.count(user) == 0) {
    client << "sorry, \"" << user << "\" may not come in\n";
  } else {
    client << "hello " << user << '\n';
  }
  client.close();
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc < 4) {
    throw std::runtime_error("usage: who_is_this_client PORT CERTIFICATE-AND-KEY CA-FILE USER...");
  }
  const auto context = make_context(argv[2], argv[3]);
  const std::set<std::string> users(argv + 4, argv + argc);
  iostls::tcp_listener listener("localhost", argv[1]);
  std::cout << "port " << listener.port() << std::endl;
  for (;;) {
    iostls::ssl_server_stream client = listener.accept(context);
    try {
      serve(client, users);
    } catch (const iostls::ssl_error& e) {
      std::clog << e.what() << '\n';
    }
  }
} catch (const std::exception& e) {
  std::cerr << e.what() << '\n';
  return 1;
}
