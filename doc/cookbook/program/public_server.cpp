// SPDX-License-Identifier: Apache-2.0
// A server for the Internet: threads, limits, and certificates that are renewed while it runs.
// public_server PORT FULLCHAIN.pem PRIVKEY.pem
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <exception>
#include <iostream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <iostls/iostls.hpp>

namespace {

using std::chrono::seconds;
using std::chrono::steady_clock;

constexpr int most_clients = 64;
constexpr int most_commands = 1000;
constexpr std::size_t longest_line = 1000;
constexpr seconds time_for_a_command(30);
constexpr seconds time_for_a_session(600);

void log(const std::string& line) { std::clog << line + '\n'; }

// Looks at the files once a second at most. If new ones cannot be used, the old ones stay in use.
void renew(const iostls::ssl_context& context) {
  try {
    if (context.reload_if_changed()) log("new certificate");
  } catch (const std::exception& e) {
    log(std::string("still with the old certificate: ") + e.what());
  }
}

// The stream has the certificate that the context has when the stream is made. A constructor that
// throws has not taken the descriptor over.
iostls::ssl_server_stream next_client(iostls::tcp_listener& listener,
                                      const iostls::ssl_context& context) {
  const int fd = listener.accept();
  renew(context);
  try {
    return iostls::ssl_server_stream(fd, context);
  } catch (...) {
    ::close(fd);
    throw;
  }
}

// The deadline is for a whole command and its answer, however slowly the bytes come.
bool next_command(iostls::ssl_server_stream& client, steady_clock::time_point end_of_session,
                  std::string& command) {
  client.expires_at(std::min(steady_clock::now() + time_for_a_command, end_of_session));
  return static_cast<bool>(iostls::getline(client, command, longest_line));
}

void talk(iostls::ssl_server_stream client) {
  const auto end_of_session = steady_clock::now() + time_for_a_session;
  std::string command;
  for (int i = 0; i < most_commands && next_command(client, end_of_session, command); ++i) {
    client << "you said: " << command << '\n';
  }
  const bool is_too_long = client.fail() && !client.bad() && !client.eof();
  if (is_too_long) {
    client.clear();
    client << "the line is too long\n";
  }
  if (client.error()) log(client.last_error()->what());  // before close(), which forgets it
  client.close();
}

// Each thread serves one client at a time; more clients wait in the listener's queue.
void serve(iostls::tcp_listener& listener, const iostls::ssl_context& context) {
  for (;;) {
    try {
      talk(next_client(listener, context));
    } catch (const std::exception& e) {  // a shortage of memory, say
      log(e.what());
      std::this_thread::sleep_for(seconds(1));
    }
  }
}

iostls::ssl_context make_context(const char* certificate, const char* key) {
  iostls::context_options options;
  options.certificate = certificate;
  options.key = key;
  options.handshake_timeout = seconds(10);
  options.close_timeout = seconds(2);
  return iostls::ssl_context::server(options);
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 4) throw std::runtime_error("usage: public_server PORT FULLCHAIN PRIVKEY");
  const auto context = make_context(argv[2], argv[3]);
  iostls::tcp_listener listener("localhost", argv[1]);  // "" instead: all addresses
  std::cout << "port " << listener.port() << std::endl;
  std::vector<std::thread> threads;
  try {
    for (int i = 0; i < most_clients; ++i) {
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
