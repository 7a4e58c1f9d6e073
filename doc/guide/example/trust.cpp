// SPDX-License-Identifier: Apache-2.0
// The page "Trust and verification" of the guide: a server that is known by its key, one whose certificate is an
// anchor, one that is known by a record of DNS, and a client with a rule of its own. Server and clients are in one program.
#include <iostream>
#include <string>
#include <thread>
#include <vector>

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

// The records of a server as a mail client uses them (RFC 7672): `answer` is the RDATA of each TLSA record that the
// resolver has validated. Not set if there is none.
iostls::setting<std::vector<iostls::tlsa_record>> records_for_mail(
    const std::vector<std::string>& answer) {
  std::vector<iostls::tlsa_record> usable;
  for (const std::string& rdata : answer) {
    const auto record = iostls::tlsa_record::from_rdata(rdata);
    if (record.usage >= 2 && record.fault().empty()) usable.push_back(record);
  }
  if (usable.empty()) return {};
  return usable;
}

bool by_record(iostls::tcp_listener& listener, const iostls::ssl_context& context,
               const std::string& answer) {
  iostls::context_options options;
  options.tlsa_records = records_for_mail({answer});
  const std::string welcome = answer_to(listener, context, options);
  options.tlsa_records = {iostls::tlsa_record::parse(
      "3 1 1 0c72ac70b745ac19998811b131d662c9ac69dbdbe7cb23e5b514b56664c5d3d6")};
  const std::string refused = answer_to(listener, context, options);
  std::cout << welcome << '\n' << refused << '\n';
  return welcome == "welcome" && refused.find("matches none of tlsa_records") != std::string::npos;
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

// The RDATA of the record that a server's operator publishes: DANE-EE, the whole certificate, SHA-256 here.
std::string record_of(const iostls::pem_text& certificate) {
  const auto parsed = iostls::certificate::from_pem(certificate.str());
  const auto record = iostls::tlsa_record::parse("3 0 1 " + parsed.fingerprint_sha256());
  return std::string("\3\0\1", 3) + record.data;
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
                       by_record(listener, context, record_of(made.certificate)) &&
                       by_rule(listener, context, made.certificate);
  return as_told ? 0 : 1;
}
