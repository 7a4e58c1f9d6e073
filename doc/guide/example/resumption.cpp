// SPDX-License-Identifier: Apache-2.0
// The page "Session resumption" of the guide: a client that comes back, by itself and with a session that it
// keeps. Server and client are in one program, which fails if a session is not resumed.
#include <chrono>
#include <exception>
#include <iostream>
#include <stdexcept>
#include <string>
#include <thread>

#include <iostls/iostls.hpp>

namespace {

void serve_one(iostls::ssl_server_stream client) {
  std::string line;
  while (iostls::getline(client, line, 8192)) client << "you said: " << line << '\n';
}

// Fewer visits, if one does not come in time.
void serve(iostls::tcp_listener& listener, const iostls::ssl_context& context, int visits) {
  try {
    for (int i = 0; i != visits; ++i) {
      const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
      serve_one(listener.accept(context, deadline));
    }
  } catch (const iostls::ssl_error& e) {
    std::cerr << e.what() << '\n';
  }
}

std::string talk(iostls::ssl_client_stream& server) {
  std::string answer;
  server << "hello\n";
  if (!getline(server, answer)) throw std::runtime_error("no answer");
  return server.info().resumed ? "resumed" : "in full";
}

void expect(const std::string& what, const std::string& is, const std::string& wanted) {
  std::cout << what << ": " << is << '\n';
  if (is != wanted) throw std::runtime_error(what + " was not " + wanted);
}

void by_itself(const std::string& port, iostls::context_options client_options) {
  client_options.session_cache = 100;
  const auto context = iostls::ssl_context::client(client_options);
  for (const char* wanted : {"in full", "resumed", "resumed"}) {
    iostls::ssl_client_stream server("localhost", port, context);
    expect("by itself", talk(server), wanted);
  }
}

iostls::ssl_session first_session(const std::string& port, const iostls::ssl_context& context) {
  iostls::ssl_client_stream first("localhost", port, context);
  expect("the first", talk(first), "in full");
  const iostls::ssl_session session = first.session();
  return session;
}

void with_a_session(const std::string& port, const iostls::context_options& client_options) {
  const auto context = iostls::ssl_context::client(client_options);
  const iostls::ssl_session session = first_session(port, context);
  const std::string bytes = session.to_bytes();

  iostls::connection_options again;
  again.session = session;
  iostls::ssl_client_stream second("localhost", port, context, again);
  expect("with the session", talk(second), "resumed");
  second.close();

  iostls::ssl_client_stream third("localhost", port, context, again);
  expect("with the session once more", talk(third), "in full");
  third.close();

  again.session = iostls::ssl_session::from_bytes(bytes);
  iostls::ssl_client_stream fourth("localhost", port, context, again);
  expect("with its bytes", talk(fourth), "resumed");
}

// Serves that many visits, in a thread that its destructor waits for.
class server_thread {
 public:
  server_thread(iostls::tcp_listener& listener, const iostls::ssl_context& context, int visits)
      : thread_([&listener, context, visits] { serve(listener, context, visits); }) {}
  server_thread(const server_thread&) = delete;
  server_thread& operator=(const server_thread&) = delete;
  ~server_thread() { thread_.join(); }

 private:
  std::thread thread_;
};

void run() {
  const auto own = iostls::self_signed_certificate({"localhost"});
  iostls::context_options server_options;
  server_options.certificate = own.certificate;
  server_options.key = own.key;
  iostls::context_options client_options;
  client_options.ca_certificates = own.certificate;

  iostls::tcp_listener listener("localhost");
  const std::string port = std::to_string(listener.port());
  const server_thread server(listener, iostls::ssl_context::server(server_options), 7);
  by_itself(port, client_options);
  with_a_session(port, client_options);
}

}  // namespace

int main() {
  try {
    run();
  } catch (const std::exception& e) {
    std::cerr << "guide_resumption: " << e.what() << '\n';
    return 1;
  }
}
