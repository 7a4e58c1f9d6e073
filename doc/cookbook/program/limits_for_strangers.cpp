// SPDX-License-Identifier: Apache-2.0
// A server with limits: on clients, on time, on sizes, on commands.
// limits_for_strangers PORT CERTIFICATE-AND-KEY.pem
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

// The deadline is for a whole command and its answer, however slowly the bytes come.
bool next_command(iostls::ssl_server_stream& client, steady_clock::time_point end_of_session,
                  std::string& command) {
  client.expires_at(std::min(steady_clock::now() + time_for_a_command, end_of_session));
  return static_cast<bool>(iostls::getline(client, command, longest_line));
}

void talk(iostls::ssl_server_stream& client) {
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
  // Before close(), which forgets a command that came too late.
  if (client.error()) std::clog << std::string(client.last_error()->what()) + '\n';
  client.close();
}

// So many threads serve so many clients; further ones wait in the listener's queue.
void serve(iostls::tcp_listener& listener, const iostls::ssl_context& context) {
  for (;;) {
    try {
      iostls::ssl_server_stream client = listener.accept(context);
      talk(client);
    } catch (const std::exception& e) {  // a shortage of memory, say
      std::clog << std::string(e.what()) + '\n';
      std::this_thread::sleep_for(seconds(1));
    }
  }
}

iostls::ssl_context make_context(const char* certificate_and_key) {
  iostls::context_options options;
  options.certificate = certificate_and_key;
  options.handshake_timeout = seconds(10);
  options.close_timeout = seconds(2);
  return iostls::ssl_context::server(options);
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 3)
    throw std::runtime_error("usage: limits_for_strangers PORT CERTIFICATE-AND-KEY.pem");
  const auto context = make_context(argv[2]);
  iostls::tcp_listener listener("localhost", argv[1]);
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
