// SPDX-License-Identifier: Apache-2.0
// The page "ClientHello and handshake hooks" of the guide. Server and clients are in one program.
#include <iostream>
#include <mutex>
#include <sstream>
#include <string>
#include <thread>

#include <iostls/iostls.hpp>

namespace {

// Threads share it.
class log_file {
 public:
  void write(const std::string& line) {
    const std::lock_guard<std::mutex> hold(lock_);
    std::cout << line << '\n';
  }

 private:
  std::mutex lock_;
};

// Host names are the same in any case.
std::string lower_case(std::string name) {
  for (char& c : name) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return name;
}

iostls::ssl_context choosing_context(const iostls::ssl_context& admin,
                                     const iostls::server_credential& shop) {
  iostls::context_options options;
  options.on_client_hello = [=](const iostls::client_hello& hello) -> iostls::client_hello_answer {
    const std::string host = lower_case(hello.server_name);
    if (host == "admin.example") return admin;
    if (host == "shop.example") return shop;
    return {iostls::tls_alert::unrecognized_name, "asked for " + hello.server_name};
  };
  return iostls::ssl_context::server(options);
}

void log_handshakes(iostls::context_options& options, log_file& log) {
  options.on_handshake = [&log](const iostls::handshake_event& e) {
    std::ostringstream line;
    line << e.peer_address << ' ' << e.info.server_name << ' ' << e.info.handshake_duration.count()
         << " us: ";
    if (e.error) {
      line << e.error->what();
    } else {
      line << e.info.protocol << ' ' << e.info.cipher << (e.info.resumed ? ", resumed" : "");
    }
    log.write(line.str());
  };
}

void print_numbers(const iostls::ssl_context& context) {
  const iostls::context_counters now = context.counters();
  std::cout << now.full_handshakes << " full, " << now.resumed_handshakes << " resumed, "
            << now.failed_handshakes() << " failed, of which "
            << now.failed_handshakes(iostls::ssl_errc::timed_out) << " took too long; "
            << now.alerts_received(iostls::tls_alert::unknown_ca)
            << " clients do not trust the certificate\n";
}

void print_traffic(const iostls::ssl_stream& stream) {
  const iostls::connection_counters now = stream.counters();
  std::cout << now.bytes_received << " bytes in " << now.records_received << " records received, "
            << now.bytes_sent << " in " << now.records_sent << " sent\n";
}

void trace_messages(iostls::connection_options& options) { options.message_trace = &std::clog; }

iostls::credential_source made_for(const std::string& name, iostls::pem_text& trusted) {
  const iostls::credential made = iostls::self_signed_certificate({name});
  trusted = iostls::pem_text(trusted.str() + made.certificate.str());
  iostls::credential_source source;
  source.certificate = made.certificate;
  source.key = made.key;
  return source;
}

// Asks for a host, in a thread beside the server.
void visit(iostls::tcp_listener& listener, const iostls::ssl_context& server,
           iostls::context_options options, const std::string& name) {
  options.server_name = name;
  std::thread client([&] {
    const iostls::ssl_client_stream stream("localhost", std::to_string(listener.port()), options);
    if (!stream) std::cout << name + ": " + stream.last_error()->what() + '\n';
  });
  {
    iostls::ssl_server_stream stream = listener.accept(server);
    if (stream << "welcome\n" << std::flush) stream.close();
    print_traffic(stream);
  }
  client.join();
}

}  // namespace

int main(int argc, char*[]) {
  log_file log;
  iostls::pem_text trusted;
  iostls::context_options admin_options;
  const iostls::credential_source admin_credential = made_for("admin.example", trusted);
  admin_options.certificate = admin_credential.certificate;
  admin_options.key = admin_credential.key;
  log_handshakes(admin_options, log);
  const auto admin = iostls::ssl_context::server(admin_options);
  const iostls::server_credential shop(made_for("shop.example", trusted));
  const iostls::ssl_context server = choosing_context(admin, shop);

  iostls::context_options client_options;
  client_options.ca_certificates = trusted;
  if (argc > 1) trace_messages(client_options);
  iostls::tcp_listener listener("localhost", "0");
  for (const char* const name : {"admin.example", "Shop.example", "other.example"}) {
    visit(listener, server, client_options, name);
  }
  print_numbers(server);
  print_numbers(admin);
}
