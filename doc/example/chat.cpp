// SPDX-License-Identifier: Apache-2.0
// Two people talk, each whenever they like: one thread reads while another one writes.
//   chat --wait PORT CERTIFICATE-AND-KEY.pem   waits for the other
//   chat HOST PORT CA.pem                      calls the other
#include <iostream>
#include <string>
#include <thread>

#include <iostls/iostls.hpp>

namespace {

void talk(iostls::ssl_stream& other) {
  other.do_handshake();
  std::cout << "* " << other.info().protocol << "; Ctrl-D ends your side" << std::endl;
  iostls::ssl_duplex both(other);
  std::thread listening([&] {
    std::string line;
    while (getline(both.in(), line)) std::cout << "> " << line << std::endl;
    std::cout << (both.in().bad() ? "* the connection broke" : "* the other side has ended")
              << std::endl;
  });
  std::string line;
  while (both.out() && getline(std::cin, line)) both.out() << line << std::endl;
  other.shutdown_write();  // the other side may still want to send something
  listening.join();
}

void finish(iostls::ssl_stream& other) {
  other.close();
  if (other.error()) throw iostls::ssl_error(*other.last_error());
}

// A peer that cannot prove it, or sends nothing, is not the other one.
iostls::ssl_server_stream first_handshake(iostls::tcp_listener& listener,
                                          const iostls::ssl_context& context) {
  for (;;) {
    iostls::ssl_server_stream other = listener.accept(context);
    try {
      other.do_handshake();
      return other;
    } catch (const iostls::ssl_error& e) {
      std::cerr << "chat: " << e.what() << std::endl;
    }
  }
}

void wait_for_other(const char* port, const char* certificate) {
  iostls::context_options options;
  options.handshake_timeout = std::chrono::seconds(10);
  options.certificate = certificate;
  const auto context = iostls::ssl_context::server(options);
  iostls::tcp_listener listener("", port);
  std::cout << "* waiting on port " << listener.port() << std::endl;
  iostls::ssl_server_stream other = first_handshake(listener, context);
  talk(other);
  finish(other);
}

void call_other(const char* host, const char* port, const char* ca) {
  iostls::context_options options;
  options.ca_file = ca;
  iostls::ssl_client_stream other(host, port, options);
  if (!other) throw iostls::ssl_error(*other.last_error());
  talk(other);
  finish(other);
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 4) {
    std::cerr << "usage: chat --wait PORT CERTIFICATE-AND-KEY.pem\n"
                 "       chat HOST PORT CA.pem\n";
    return 2;
  }
  if (std::string(argv[1]) == "--wait") {
    wait_for_other(argv[2], argv[3]);
  } else {
    call_other(argv[1], argv[2], argv[3]);
  }
} catch (const std::exception& e) {
  std::cerr << "chat: " << e.what() << '\n';
  return 1;
}
