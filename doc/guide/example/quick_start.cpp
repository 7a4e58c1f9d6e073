// SPDX-License-Identifier: Apache-2.0
// The quick start of the guide: a server and a client in one program.
#include <iostream>
#include <string>
#include <thread>

#include <iostls/iostls.hpp>

namespace {

void serve_one(iostls::tcp_listener& listener, const iostls::ssl_context& context) {
  iostls::ssl_server_stream client = listener.accept(context);
  std::string line;
  while (iostls::getline(client, line, 8192)) client << "you said: " << line << '\n';
}

// Ends by itself when the client has left.
class server_thread {
 public:
  server_thread(iostls::tcp_listener& listener, const iostls::ssl_context& context)
      : thread_([&] { serve_one(listener, context); }) {}
  ~server_thread() { thread_.join(); }

 private:
  std::thread thread_;
};

}  // namespace

int main() {
  const iostls::credential own = iostls::self_signed_certificate({"localhost"});
  iostls::context_options server_options;
  server_options.certificate = own.certificate;
  server_options.key = own.key;
  const auto server_context = iostls::ssl_context::server(server_options);

  iostls::tcp_listener listener("localhost");
  const server_thread thread(listener, server_context);

  iostls::context_options client_options;
  client_options.ca_certificates = own.certificate;
  iostls::ssl_client_stream server("localhost", std::to_string(listener.port()), client_options);
  server << "hello\n";
  std::string answer;
  if (!getline(server, answer)) {
    std::cerr << (server.last_error() ? server.last_error()->what() : "the server left") << '\n';
    return 1;
  }
  std::cout << answer << '\n';
}
