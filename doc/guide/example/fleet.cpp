// SPDX-License-Identifier: Apache-2.0
// One server of a fleet that resumes each other's sessions:
// guide_fleet PORT CERTIFICATE-AND-KEY.pem TICKET.key...
// The signal HUP makes it read its files again.
#include <csignal>
#include <exception>
#include <iostream>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

#include <pthread.h>

#include <iostls/iostls.hpp>

namespace {

void serve(iostls::ssl_server_stream client) {
  std::string line;
  while (iostls::getline(client, line, 8192)) {
    client << (client.info().resumed ? "resumed " : "in full ") << line << '\n';
  }
}

// Every thread that is started after this leaves the signal to reload_on_hup.
sigset_t block_hup() {
  sigset_t hup;
  sigemptyset(&hup);
  sigaddset(&hup, SIGHUP);
  pthread_sigmask(SIG_BLOCK, &hup, nullptr);
  return hup;
}

void reload_on_hup(const iostls::ssl_context& context, sigset_t hup) {
  for (int number = 0; sigwait(&hup, &number) == 0;) {
    try {
      context.reload();
      std::cout << "reloaded" << std::endl;
    } catch (const iostls::ssl_error& e) {
      std::cout << "still with the old files: " << e.what() << std::endl;
    }
  }
}

iostls::context_options options_of(int argc, char** argv) {
  iostls::context_options options;
  options.certificate = argv[2];
  options.ticket_keys.assign(argv + 3, argv + argc);
  options.handshake_timeout = std::chrono::seconds(10);
  options.read_timeout = std::chrono::seconds(60);
  return options;
}

void run(int argc, char** argv) {
  const auto context = iostls::ssl_context::server(options_of(argc, argv));
  iostls::tcp_listener listener("127.0.0.1", argv[1]);
  std::thread(reload_on_hup, context, block_hup()).detach();
  std::cout << "port " << listener.port() << std::endl;
  for (;;) {
    iostls::ssl_server_stream client = listener.accept(context);
    try {
      std::thread(serve, std::move(client)).detach();
    } catch (const std::system_error& e) {  // no thread can be started: drop this client
      std::cerr << e.what() << '\n';
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) {
    std::cerr << "usage: guide_fleet PORT CERTIFICATE-AND-KEY.pem TICKET.key...\n";
    return 2;
  }
  try {
    run(argc, argv);
  } catch (const std::exception& e) {
    std::cerr << "guide_fleet: " << e.what() << '\n';
    return 1;
  }
}
