// SPDX-License-Identifier: Apache-2.0
// A protocol of lines, with bounds on everything that a client could draw out:
// line_server PORT CERTIFICATE-AND-KEY.pem [IDLE-SECONDS [SESSION-SECONDS]]
// Commands: ECHO text, TIME, QUIT. Answers begin with "OK" or "ERROR".
#include <array>
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <future>
#include <iostream>
#include <list>
#include <stdexcept>
#include <string>
#include <utility>

#include <iostls/iostls.hpp>

#include "http_message.hpp"

namespace {

using std::chrono::seconds;

constexpr std::size_t max_sessions = 64;

struct limits {
  seconds idle{30};      // between a client's bytes
  seconds session{600};  // in all, however busily it sends
};

std::string answer(const std::string& command) {
  if (command.compare(0, 5, "ECHO ") == 0) return "OK " + command.substr(5);
  if (command == "TIME") return "OK " + std::to_string(std::time(nullptr));
  return "ERROR ECHO text, TIME or QUIT, please";
}

// Why there will be no more commands.
std::string farewell(iostls::ssl_server_stream& client, example::line_outcome last) {
  if (last == example::line_outcome::too_long) return "ERROR too long a line";
  if (client.error() != iostls::ssl_errc::timed_out) return {};
  client.clear();
  return "ERROR too slow";
}

void serve(iostls::ssl_server_stream client, const limits& limit) {
  client.expires_after(limit.session);
  std::string command;
  auto got = example::line_outcome::complete;
  while ((got = example::read_line(client, command)) == example::line_outcome::complete) {
    if (command == "QUIT") break;
    client << answer(command) << "\r\n";
  }
  const std::string last = command == "QUIT" ? "OK bye" : farewell(client, got);
  client.expires_after(seconds(2));  // the session's time may be what is over
  if (!last.empty()) client << last << "\r\n";
  client.close();
}

// A thread each, and at most so many: whoever comes when all are taken waits to be accepted.
class sessions {
 public:
  void start(iostls::ssl_server_stream client, const limits& limit) {
    running_.push_back(std::async(std::launch::async, serve, std::move(client), limit));
    while (running_.size() >= max_sessions) reap(std::chrono::milliseconds(100));
    reap(seconds(0));
  }

 private:
  void reap(std::chrono::milliseconds patience) {
    running_.remove_if([&](std::future<void>& session) {
      return session.wait_for(std::exchange(patience, {})) == std::future_status::ready;
    });
  }

  std::list<std::future<void>> running_;
};

seconds parse_seconds(const char* text) {
  char* end = nullptr;
  const long n = std::strtol(text, &end, 10);
  if (*end != '\0' || n <= 0) throw std::runtime_error(std::string("no number: ") + text);
  return seconds(n);
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc < 3 || argc > 5) {
    std::cerr << "usage: line_server PORT CERTIFICATE-AND-KEY.pem [IDLE-SECONDS "
                 "[SESSION-SECONDS]]\n";
    return 2;
  }
  limits limit;
  if (argc > 3) limit.idle = parse_seconds(argv[3]);
  if (argc > 4) limit.session = parse_seconds(argv[4]);
  iostls::context_options options;
  options.certificate = argv[2];
  options.handshake_timeout = limit.idle;
  options.read_timeout = limit.idle;
  options.write_timeout = limit.idle;
  const auto context = iostls::ssl_context::server(options);
  iostls::tcp_listener listener("localhost", argv[1]);
  std::cout << "listening on port " << listener.port() << std::endl;
  sessions all;
  for (;;) all.start(iostls::ssl_server_stream(listener.accept(), context), limit);
} catch (const std::exception& e) {
  std::cerr << "line_server: " << e.what() << '\n';
  return 1;
}
