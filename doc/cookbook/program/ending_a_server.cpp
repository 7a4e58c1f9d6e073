// SPDX-License-Identifier: Apache-2.0
// A server that ends on SIGTERM without cutting its clients off.
// ending_a_server PORT CERTIFICATE-AND-KEY.pem
#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <exception>
#include <iostream>
#include <list>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>

#include <iostls/iostls.hpp>

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

iostls::tcp_listener* listening = nullptr;

extern "C" void end_accepting(int) { listening->cancel(); }  // allowed in a signal handler

void talk(iostls::ssl_server_stream& client) {
  std::string command;
  client.expires_after(seconds(30));
  while (iostls::getline(client, command, 1000)) {
    client << "done: " << command << '\n';
    client.expires_after(seconds(30));
  }
  if (client.error() ==
      iostls::ssl_errc::
          woken) {  // the server ends, and the client is not in the middle of a command
    client.clear();
    client << "goodbye\n";
  }
  client.close();
}

struct session {
  explicit session(iostls::ssl_server_stream&& s) : stream(std::move(s)) {
    thread = std::thread([this] {
      talk(stream);
      done = true;
    });
  }
  ~session() {
    stream.cancel();
    thread.join();
  }

  iostls::ssl_server_stream stream;
  std::atomic<bool> done{false};
  std::thread thread;
};

void accept_until_canceled(iostls::tcp_listener& listener, const iostls::ssl_context& context,
                           std::list<session>& sessions) try {
  for (;;) {
    iostls::ssl_server_stream client = listener.accept(context);
    sessions.remove_if([](const session& s) { return s.done.load(); });
    try {
      sessions.emplace_back(std::move(client));
    } catch (const std::system_error& e) {  // no more threads
      std::clog << e.what() << '\n';
    }
  }
} catch (const iostls::ssl_error& e) {
  if (e.code() != iostls::ssl_errc::canceled) throw;
}

// Those who are still busy after this time are cut off.
void end(std::list<session>& sessions, seconds grace) {
  for (session& s : sessions) s.stream.wake();
  const auto is_done = [](const session& s) { return s.done.load(); };
  const auto last = steady_clock::now() + grace;
  while (!std::all_of(sessions.begin(), sessions.end(), is_done) && steady_clock::now() < last) {
    std::this_thread::sleep_for(milliseconds(20));
  }
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 3) throw std::runtime_error("usage: ending_a_server PORT CERTIFICATE-AND-KEY.pem");
  const auto context = iostls::ssl_context::server(argv[2]);
  iostls::tcp_listener listener("localhost", argv[1]);
  listening = &listener;
  std::signal(SIGTERM, end_accepting);
  std::signal(SIGINT, end_accepting);
  std::cout << "port " << listener.port() << std::endl;
  std::list<session> sessions;
  accept_until_canceled(listener, context, sessions);
  end(sessions, seconds(10));
  std::cout << "ended" << std::endl;
} catch (const std::exception& e) {
  std::cerr << e.what() << '\n';
  return 1;
}
