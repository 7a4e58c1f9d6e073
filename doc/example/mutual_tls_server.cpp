// SPDX-License-Identifier: Apache-2.0
// Greets clients by the name in their certificates, and nobody else:
// mutual_tls_server PORT CERTIFICATE-AND-KEY.pem CLIENTS-CA.pem
#include <iostream>

#include <iostls/iostls.hpp>

#include "support/stop_signal.hpp"

namespace {

void greet(iostls::ssl_server_stream& client) {
  // All clients with a certificate from the CA get here. To accept only some of them, compare
  // fingerprint_sha256() or subject_alt_names() with a list.
  const iostls::certificate who = client.peer_certificate();
  client << "hello " << who.subject() << "\n";
  std::string line;
  while (iostls::getline(client, line, 8192)) client << "you said: " << line << '\n';
}

// One client after the other, until the listener is canceled.
void serve_all(iostls::tcp_listener& listener, iostls::ssl_server_stream& client) try {
  for (;;) {
    listener.accept(client);
    try {
      greet(client);
    } catch (const iostls::ssl_error&) {  // thrown by peer_certificate(); reported below
    }
    client.close();  // now, and not when the next client arrives
    if (client.error()) std::cerr << client.last_error()->what() << '\n';
  }
} catch (const iostls::ssl_error& e) {
  if (e.code() != iostls::ssl_errc::canceled) throw;
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 4) {
    std::cerr << "usage: mutual_tls_server PORT CERTIFICATE-AND-KEY.pem CLIENTS-CA.pem\n";
    return 2;
  }
  iostls::context_options options;
  options.certificate = argv[2];
  options.ca_file = argv[3];
  options.verify = iostls::verify_mode::required;
  options.handshake_timeout = std::chrono::seconds(10);
  options.read_timeout = std::chrono::minutes(1);
  const auto context = iostls::ssl_context::server(options);
  iostls::tcp_listener listener("localhost", argv[1]);
  iostls::ssl_server_stream client(context);
  const example::stop_signal on_signal([&] {
    listener.cancel();
    client.cancel();
  });
  std::cout << "listening on port " << listener.port() << std::endl;
  serve_all(listener, client);
} catch (const std::exception& e) {
  std::cerr << "mutual_tls_server: " << e.what() << '\n';
  return 1;
}
