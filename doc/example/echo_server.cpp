// SPDX-License-Identifier: Apache-2.0
// Sends every line back: echo_server [PORT [CERTIFICATE-AND-KEY.pem]]
#include <iostream>

#include <iostls/iostls.hpp>

#include "support/stop_signal.hpp"

namespace {

// One client after the other, until the listener is canceled.
void serve_all(iostls::tcp_listener& listener, iostls::ssl_server_stream& s) try {
  for (;;) {
    listener.accept(s);
    std::string line;
    while (getline(s, line, 8192)) s << line << '\n';
    if (s.error()) std::cerr << s.last_error()->what() << '\n';
    s.close();  // now, and not when the next client arrives
  }
} catch (const iostls::ssl_error& e) {
  if (e.code() != iostls::ssl_errc::canceled) throw;
}

}  // namespace

int main(int argc, char** argv) try {
  iostls::context_options options;
  options.handshake_timeout = std::chrono::seconds(10);
  options.read_timeout = std::chrono::minutes(1);
  if (argc > 2) {
    options.certificate = argv[2];
  } else {
    const auto own = iostls::self_signed_certificate({"localhost", "127.0.0.1"});
    options.certificate = own.certificate;
    options.key = own.key;
    std::cout << own.certificate;  // for clients, to trust
  }
  const auto context = iostls::ssl_context::server(options);
  iostls::tcp_listener listener("localhost", argc > 1 ? argv[1] : "0");
  iostls::ssl_server_stream stream(context);
  const example::stop_signal on_signal([&] {
    listener.cancel();
    stream.cancel();
  });
  std::cout << "listening on port " << listener.port() << std::endl;
  serve_all(listener, stream);
} catch (const std::exception& e) {
  std::cerr << "echo_server: " << e.what() << '\n';
  return 1;
}
