// SPDX-License-Identifier: Apache-2.0
// The page "Trust and verification" of the guide: a server that is known by its key, one whose certificate is an
// anchor, and a client with a rule of its own. Server and clients are in one program.
#include <iostream>
#include <string>
#include <thread>

#include <iostls/iostls.hpp>

namespace {

// Serves one client in a thread of its own, and ends when that has left.
class server_thread {
 public:
  server_thread(iostls::tcp_listener& listener, const iostls::ssl_context& context)
      : thread_([&listener, &context] {
          iostls::ssl_server_stream client = listener.accept(context);
          client << "welcome" << std::endl;
        }) {}
  ~server_thread() { thread_.join(); }

 private:
  std::thread thread_;
};

std::string answer_to(iostls::tcp_listener& listener, const iostls::ssl_context& context,
                      const iostls::context_options& client_options) {
  const server_thread thread(listener, context);
  iostls::ssl_client_stream server("localhost", std::to_string(listener.port()), client_options);
  std::string answer;
  if (!getline(server, answer)) {
    return std::string("refused: ") +
           (server.last_error() ? server.last_error()->what() : "no answer");
  }
  return answer;
}

// "sha256//..." out of an error that names the key which the server has.
std::string pin_in(const std::string& text) {
  const auto from = text.find("sha256//");
  return text.substr(from, text.find(' ', from) - from);
}

bool by_key(iostls::tcp_listener& listener, const iostls::ssl_context& context) {
  iostls::context_options options;
  options.verify = iostls::verify_mode::none;
  options.pinned_public_keys = {"sha256//R1H3kqDd/5GPdBJsHU8PvS9v1d8lCVWtQ5i7b0nSVGo="};
  const std::string refused = answer_to(listener, context, options);
  std::cout << refused << '\n';
  options.pinned_public_keys = {pin_in(refused)};
  const std::string answer = answer_to(listener, context, options);
  std::cout << answer << '\n';
  return answer == "welcome";
}

bool by_anchor(iostls::tcp_listener& listener, const iostls::ssl_context& context,
               const iostls::pem_text& trusted) {
  iostls::context_options options;
  options.ca_certificates = trusted;
  options.partial_chains = true;
  const std::string answer = answer_to(listener, context, options);
  std::cout << answer << '\n';
  return answer == "welcome";
}

bool by_rule(iostls::tcp_listener& listener, const iostls::ssl_context& context,
             const iostls::pem_text& trusted) {
  iostls::context_options options;
  options.ca_certificates = trusted;
  const std::string blocked = iostls::certificate::from_pem(trusted.str()).serial();
  options.verify_callback = [blocked](const iostls::verify_event& e) {
    return e.accepted && e.certificate.serial() != blocked;
  };
  const std::string answer = answer_to(listener, context, options);
  std::cout << answer << '\n';
  return answer.find("refused") == 0;
}

}  // namespace

int main() {
  const iostls::credential made = iostls::self_signed_certificate({"localhost"});
  iostls::context_options server_options;
  server_options.certificate = made.certificate;
  server_options.key = made.key;
  const auto context = iostls::ssl_context::server(server_options);
  iostls::tcp_listener listener("localhost", "0");
  const bool as_told = by_key(listener, context) &&
                       by_anchor(listener, context, made.certificate) &&
                       by_rule(listener, context, made.certificate);
  return as_told ? 0 : 1;
}
