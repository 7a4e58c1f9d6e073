// SPDX-License-Identifier: Apache-2.0
// The server of README.md.
#include <exception>
#include <iostream>
#include <string>

#include <iostls/iostls.hpp>

int main() try {
  const auto own = iostls::self_signed_certificate({"localhost"});
  iostls::context_options options;
  options.certificate = own.certificate;  // later: "fullchain.pem"
  options.key = own.key;                  // later: "privkey.pem"
  const auto context = iostls::ssl_context::server(options);

  iostls::tcp_listener listener("localhost", "8443");
  std::cout << own.certificate << std::flush;  // for clients, to trust
  for (;;) {
    iostls::ssl_server_stream s = listener.accept(context);
    std::string line;
    while (iostls::getline(s, line, 8192)) s << "you said: " << line << '\n';
  }
} catch (const std::exception& e) {  // another program listens on this port, say
  std::cerr << e.what() << '\n';
  return 1;
}
