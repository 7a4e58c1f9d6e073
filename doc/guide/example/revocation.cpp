// SPDX-License-Identifier: Apache-2.0
// The page "Revocation: CRLs and OCSP stapling" of the guide: a server that staples an OCSP response, and a client
// that requires one and has a revocation list. Both are in one program:
//   revocation SERVER.pem SERVER.key RESPONSE.ocsp CA.pem LIST.pem
// It prints how the client judges the server's certificate, and exits with 0 if it goes on.
#include <chrono>
#include <exception>
#include <iostream>
#include <string>
#include <thread>

#include <iostls/iostls.hpp>

namespace {

iostls::ssl_context make_server(const std::string& certificate, const std::string& key,
                                const std::string& response) {
  iostls::context_options options;
  options.certificate = certificate;
  options.key = key;
  options.ocsp_response = response;
  return iostls::ssl_context::server(options);
}

iostls::ssl_context make_client(const std::string& authority, const std::string& list) {
  iostls::context_options options;
  options.ca_file = authority;
  options.crl_file = list;
  options.ocsp = iostls::ocsp_mode::require;
  return iostls::ssl_context::client(options);
}

void serve_one(iostls::tcp_listener& listener, const iostls::ssl_context& context) {
  try {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    iostls::ssl_server_stream client = listener.accept(context, deadline);
    client << "welcome\n";
  } catch (const iostls::ssl_error& e) {
    std::cerr << e.what() << '\n';
  }
}

// Serves one client, in a thread that its destructor waits for.
class server_thread {
 public:
  server_thread(iostls::tcp_listener& listener, const iostls::ssl_context& context)
      : thread_([&] { serve_one(listener, context); }) {}
  ~server_thread() { thread_.join(); }

 private:
  std::thread thread_;
};

int visit(const std::string& port, const iostls::ssl_context& context) {
  iostls::ssl_client_stream server("localhost", port, context);
  std::string word;
  if (server >> word) {
    std::cout << "status: " << server.info().ocsp_status << '\n';
    return 0;
  }
  const iostls::ssl_error* const error = server.last_error();
  if (error != nullptr && error->code() == iostls::ssl_errc::certificate_rejected) {
    std::cout << "refused: " << error->verify_result_string() << '\n';
  }
  if (error != nullptr) std::cerr << error->what() << '\n';
  return 1;
}

int run(char** arguments) {
  const iostls::ssl_context server = make_server(arguments[1], arguments[2], arguments[3]);
  const iostls::ssl_context client = make_client(arguments[4], arguments[5]);
  iostls::tcp_listener listener("localhost");
  const server_thread serving(listener, server);
  return visit(std::to_string(listener.port()), client);
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 6) {
    std::cerr << "usage: revocation SERVER.pem SERVER.key RESPONSE.ocsp CA.pem LIST.pem\n";
    return 2;
  }
  try {
    return run(arguments);
  } catch (const std::exception& e) {
    std::cerr << e.what() << '\n';
    return 2;
  }
}
