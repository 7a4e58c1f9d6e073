// SPDX-License-Identifier: Apache-2.0
// A server that answers an ACME server's question on the port that it serves, tls-alpn-01 (RFC 8737):
//   acme_tls_alpn PORT CERTIFICATE-AND-KEY.pem DOMAIN KEY-AUTHORIZATION
// Clients that offer the protocol "acme-tls/1" get the certificate of the challenge; all others a greeting.
#include <exception>
#include <functional>
#include <iostream>
#include <string>
#include <vector>

#include <iostls/iostls.hpp>

#include "support/acme_certificate.hpp"
#include "support/connection_pool.hpp"
#include "support/http_message.hpp"
#include "support/stop_signal.hpp"

namespace {

const std::string challenge = "acme-tls/1";

iostls::ssl_context challenge_context(const std::string& domain,
                                      const std::string& key_authorization) {
  const iostls::credential_source own = example::acme_certificate(domain, key_authorization);
  iostls::context_options options;
  options.certificate = own.certificate;
  options.key = own.key;
  options.alpn = {challenge};
  options.session_tickets = false;
  return iostls::ssl_context::server(options);
}

// The ACME server offers this protocol alone, and asks for the domain.
iostls::client_hello_function answering(const std::string& domain,
                                        const iostls::ssl_context& context) {
  return [domain, context](const iostls::client_hello& hello) -> iostls::client_hello_answer {
    if (hello.alpn != std::vector<std::string>{challenge}) return {};
    if (example::lower_case(hello.server_name) == example::lower_case(domain)) return context;
    return {iostls::tls_alert::unrecognized_name, "no challenge for " + hello.server_name};
  };
}

// The certificate is the whole answer: no data follows.
void serve(iostls::ssl_server_stream& client, const std::function<void()>& on_request) {
  if (client.info().alpn == challenge) {
    std::cout << "answered a challenge for " << client.info().server_name << std::endl;
  } else {
    client << "hello\r\n";
  }
  on_request();
  client.close();
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 5) {
    std::cerr << "usage: acme_tls_alpn PORT CERTIFICATE-AND-KEY.pem DOMAIN KEY-AUTHORIZATION\n";
    return 2;
  }
  iostls::context_options options;
  options.certificate = argv[2];
  options.handshake_timeout = std::chrono::seconds(10);
  options.on_client_hello = answering(argv[3], challenge_context(argv[3], argv[4]));
  const auto context = iostls::ssl_context::server(options);
  iostls::tcp_listener listener("localhost", argv[1]);
  const example::stop_signal on_signal([&] { listener.cancel(); });
  example::connection_pool clients("acme_tls_alpn", serve);
  std::cout << "listening on port " << listener.port() << std::endl;
  clients.serve_all(listener, context);
} catch (const std::exception& e) {
  std::cerr << "acme_tls_alpn: " << e.what() << '\n';
  return 1;
}
