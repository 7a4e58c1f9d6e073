// SPDX-License-Identifier: Apache-2.0
// A server that shows its clients the certificate that the files have at the time. It reads server.pem,
// certificate and key, from the folder that it is started in, and prints its port.
#include <exception>
#include <iostream>
#include <string>

#include <iostls/iostls.hpp>

namespace {

void renew(const iostls::ssl_context& context) {
  try {
    if (context.reload_if_changed()) std::clog << "new certificate\n";
  } catch (const std::exception& e) {
    std::clog << "still with the old certificate: " << e.what() << '\n';
  }
}

void serve(iostls::tcp_listener& listener, const iostls::ssl_context& context) {
  for (;;) {
    const int fd = listener.accept();
    renew(context);
    iostls::ssl_server_stream client(fd, context);
    client << "hello\n";
    client.close();
  }
}

}  // namespace

int main() try {
  static const auto context = iostls::ssl_context::server("server.pem");
  iostls::tcp_listener listener("localhost");
  std::cout << "port " << listener.port() << std::endl;
  serve(listener, context);
} catch (const std::exception& e) {
  std::cerr << e.what() << '\n';
  return 1;
}
