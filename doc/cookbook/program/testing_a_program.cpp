// SPDX-License-Identifier: Apache-2.0
// Tests a function that uses TLS: no files, no fixed port, no waiting. Exits with 0 if all is well.
#include <exception>
#include <future>
#include <iostream>
#include <stdexcept>
#include <string>

#include <iostls/iostls.hpp>

namespace {

// What is to be tested.
std::string fetch_greeting(const std::string& host, int port, const iostls::ssl_context& trust) {
  iostls::ssl_client_stream server(host, port, trust);
  server.expires_after(std::chrono::seconds(10));
  std::string greeting;
  if (getline(server, greeting)) return greeting;
  throw std::runtime_error(server.error() ? server.last_error()->what() : "no greeting");
}

// A server for one client.
class test_server {
 public:
  explicit test_server(const std::string& name)
      : own_(iostls::self_signed_certificate({name})),
        served_(std::async(std::launch::async, [this] { serve(); })) {}
  ~test_server() {
    listener_.cancel();
    served_.wait();
  }

  int port() const { return listener_.port(); }

  iostls::ssl_context trusted() const {
    iostls::context_options options;
    options.ca_certificates = own_.certificate;
    return iostls::ssl_context::client(options);
  }

 private:
  void serve() {
    iostls::context_options options;
    options.certificate = own_.certificate;
    options.key = own_.key;
    auto client = listener_.accept(iostls::ssl_context::server(options));
    client << "welcome\n";
    client.close();
  }

  const iostls::credential own_;
  iostls::tcp_listener listener_{"localhost"};  // any free port
  std::future<void> served_;
};

void check(bool holds, const char* what) {
  if (!holds) throw std::runtime_error(std::string("failed: ") + what);
}

void greeting_is_fetched() {
  const test_server server("localhost");
  check(fetch_greeting("localhost", server.port(), server.trusted()) == "welcome", "greeting");
}

// Tests that a wrong server is refused are worth more than those of the right one.
void other_host_is_refused() {
  const test_server server("other.example");
  try {
    fetch_greeting("localhost", server.port(), server.trusted());
  } catch (const std::runtime_error& e) {
    return check(std::string(e.what()).find("other.example") != std::string::npos, e.what());
  }
  check(false, "another host's certificate was accepted");
}

void stranger_is_refused() {
  const test_server server("localhost");
  try {
    fetch_greeting("localhost", server.port(), iostls::ssl_context::client());
  } catch (const std::runtime_error&) {
    return;
  }
  check(false, "a certificate of nobody was accepted");
}

}  // namespace

int main() try {
  greeting_is_fetched();
  other_host_is_refused();
  stranger_is_refused();
  std::cout << "all passed\n";
} catch (const std::exception& e) {
  std::cerr << e.what() << '\n';
  return 1;
}
