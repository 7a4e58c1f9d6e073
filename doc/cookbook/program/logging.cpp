// SPDX-License-Identifier: Apache-2.0
// A server that logs each client, and why a handshake or a connection has failed.
// logging PORT CERTIFICATE-AND-KEY.pem
#include <chrono>
#include <exception>
#include <iostream>
#include <mutex>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <iostls/iostls.hpp>

namespace {

using std::chrono::seconds;

// Threads share it. Texts of errors have no line ends or other control characters, whatever a peer sends.
void log(const std::string& line) {
  static std::mutex lock;
  const std::lock_guard<std::mutex> hold(lock);
  std::cout << line << std::endl;
}

// Called at the end of each handshake, whatever the program does afterwards.
void log_handshake(const iostls::handshake_event& e) {
  std::ostringstream line;
  line << e.peer_address << ' ';
  if (e.error) {
    line << "refused: " << e.error->what();
  } else {
    line << e.info.protocol << ' ' << e.info.cipher << (e.info.resumed ? " resumed" : " full")
         << ' ' << e.info.handshake_duration.count() << " us";
  }
  log(line.str());
}

void talk(iostls::ssl_server_stream client) {
  std::string line;
  int lines = 0;
  client.expires_after(seconds(30));
  for (; iostls::getline(client, line, 1000); ++lines) client << "you said: " << line << '\n';
  client.close();
  std::ostringstream end;
  end << client.peer_address() << ' ' << lines << " lines, ";
  if (client.error()) {
    end << "lost: " << client.last_error()->what();
  } else {
    end << "ended in order";
  }
  log(end.str());
}

iostls::ssl_context make_context(const char* certificate_and_key) {
  iostls::context_options options;
  options.certificate = certificate_and_key;
  options.handshake_timeout = seconds(10);
  options.on_handshake = log_handshake;
  return iostls::ssl_context::server(options);
}

void serve(iostls::tcp_listener& listener, const iostls::ssl_context& context) {
  for (;;) {
    try {
      talk(listener.accept(context));
    } catch (const std::exception& e) {  // a shortage of memory, say
      log(e.what());
      std::this_thread::sleep_for(seconds(1));
    }
  }
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 3) throw std::runtime_error("usage: logging PORT CERTIFICATE-AND-KEY.pem");
  const auto context = make_context(argv[2]);
  iostls::tcp_listener listener("localhost", argv[1]);
  log("port " + std::to_string(listener.port()));
  std::vector<std::thread> threads;
  try {
    for (int i = 0; i < 32; ++i) {
      threads.emplace_back([&] { serve(listener, context); });
    }
  } catch (const std::exception& e) {  // no more threads can be had: fewer serve
    if (threads.empty()) throw;
    std::clog << threads.size() << " threads: " << e.what() << '\n';
  }
  for (std::thread& thread : threads) thread.join();
} catch (const std::exception& e) {
  std::cerr << e.what() << '\n';
  return 1;
}
