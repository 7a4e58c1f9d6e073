// SPDX-License-Identifier: Apache-2.0
// The page "Identifying the peer" of the guide: a server that asks who its client is, and a login that is bound to the
// connection. Server and client are in one program.
#include <iostream>
#include <string>
#include <thread>
#include <vector>

#include <iostls/iostls.hpp>

namespace {

struct user {
  std::string name;
  bool is_service = false;
};

// Which name counts is the server's decision, and its authority's promise.
user user_of(const iostls::certificate& client) {
  for (const std::string& uri : client.uris()) {
    if (uri.compare(0, 9, "spiffe://") == 0) return {uri, true};
  }
  const std::vector<std::string> addresses = client.email_addresses();
  if (addresses.size() == 1) return {addresses.front(), false};
  return {client.common_name(), false};
}

void greet(iostls::ssl_server_stream& client) {
  const iostls::connection_info info = client.info();
  if (!info.verified) {
    client << "who are you?\n";
    return;
  }
  const user u = user_of(client.peer_certificate());
  client << "hello, " << (u.name.empty() ? "nobody" : u.name) << '\n';
}

void describe(const iostls::certificate& c) {
  std::cout << c.key_type() << " of " << c.key_bits() << " bits, signed with "
            << c.signature_algorithm() << '\n';
  for (const std::string& purpose : c.extended_key_usage()) std::cout << "for " << purpose << '\n';
  std::cout << "pin: " << c.public_key_pin() << '\n';
}

// What a SCRAM library wants to know of the connection.
std::string binding_of(iostls::ssl_stream& connection) {
  return connection.channel_binding("tls-exporter");
}

}  // namespace

int main() {
  const iostls::credential made = iostls::self_signed_certificate({"localhost"});
  iostls::context_options server_options;
  server_options.certificate = made.certificate;
  server_options.key = made.key;
  server_options.ca_certificates = made.certificate;
  server_options.verify = iostls::verify_mode::optional;
  server_options.peer_purposes = {"any"};
  iostls::context_options client_options;
  client_options.ca_certificates = made.certificate;
  client_options.certificate = made.certificate;
  client_options.key = made.key;

  iostls::tcp_listener listener("127.0.0.1", "0");
  std::string bound;
  std::thread serving([&] {
    auto client = listener.accept(iostls::ssl_context::server(server_options));
    greet(client);
    bound = binding_of(client);
  });
  iostls::ssl_client_stream server("localhost", std::to_string(listener.port()), client_options);
  std::string line;
  getline(server, line);
  std::cout << line << '\n';
  describe(server.peer_certificate());
  const std::string binding = server.error() ? "none" : binding_of(server);
  server.close();
  serving.join();
  if (binding == bound) std::cout << "both ends have the same binding\n";
  return line == "hello, localhost" && binding == bound ? 0 : 1;
}
