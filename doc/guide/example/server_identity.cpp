// SPDX-License-Identifier: Apache-2.0
// The page "Several certificates, ALPN and pre-shared keys" of the guide: several names on one server, application
// protocols, and a key instead of a certificate. Server and clients are in one program.
#include <iostream>
#include <string>
#include <thread>

#include <iostls/iostls.hpp>

namespace {

iostls::credential_source made_for(const std::string& name, iostls::pem_text& trusted) {
  const iostls::credential made = iostls::self_signed_certificate({name});
  trusted = iostls::pem_text(trusted.str() + made.certificate.str());
  iostls::credential_source source;
  source.certificate = made.certificate;
  source.key = made.key;
  return source;
}

void serve_one(iostls::tcp_listener& listener, const iostls::ssl_context& context) {
  iostls::ssl_server_stream client = listener.accept(context);
  const iostls::connection_info info = client.info();
  client << "asked for " << (info.server_name.empty() ? "no name" : info.server_name);
  if (!info.alpn.empty()) client << ", speaking " << info.alpn;
  if (!info.psk_identity.empty()) client << ", known as " << info.psk_identity;
  client << '\n';
}

// Serves one client in a thread of its own, and ends when that has left.
class server_thread {
 public:
  server_thread(iostls::tcp_listener& listener, const iostls::ssl_context& context)
      : thread_([&] { serve_one(listener, context); }) {}
  ~server_thread() { thread_.join(); }

 private:
  std::thread thread_;
};

std::string answer_to(iostls::tcp_listener& listener, const iostls::ssl_context& context,
                      const iostls::context_options& client_options) {
  const server_thread thread(listener, context);
  iostls::ssl_client_stream server("localhost", std::to_string(listener.port()), client_options);
  std::string answer;
  getline(server, answer);
  for (const std::string& name : server.peer_certificate().subject_alt_names()) {
    answer += ", served as " + name;
  }
  return answer;
}

void by_name(iostls::tcp_listener& listener) {
  iostls::pem_text trusted;
  const iostls::credential_source shop = made_for("shop.example", trusted);
  const iostls::credential_source mail = made_for("mail.example", trusted);

  iostls::context_options server_options;
  server_options.certificate = shop.certificate;
  server_options.key = shop.key;
  server_options.more_credentials.push_back(mail);
  server_options.alpn = {"h2", "http/1.1"};
  const auto server_context = iostls::ssl_context::server(server_options);

  iostls::context_options client_options;
  client_options.ca_certificates = trusted;
  client_options.server_name = "mail.example";
  client_options.alpn = {"http/1.1"};
  std::cout << answer_to(listener, server_context, client_options) << '\n';
}

void by_key(iostls::tcp_listener& listener) {
  const std::string key = "thirty-two bytes, all random...!";

  iostls::context_options server_options;
  server_options.psk = [key](const std::string& identity) {
    return identity == "sensor-17" ? key : std::string();
  };
  const auto server_context = iostls::ssl_context::server(server_options);

  iostls::context_options client_options;
  client_options.psk = iostls::pre_shared_key{"sensor-17", key};
  std::cout << answer_to(listener, server_context, client_options) << '\n';
}

}  // namespace

int main() {
  iostls::tcp_listener listener("localhost");
  by_name(listener);
  by_key(listener);
}
