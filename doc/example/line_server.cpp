// SPDX-License-Identifier: Apache-2.0
// A protocol of lines, with limits on everything that a client could delay or inflate:
//   line_server PORT CERTIFICATE-AND-KEY.pem [IDLE-SECONDS [SESSION-SECONDS]]
// Commands: ECHO text, TIME, QUIT. Answers begin with "OK" or "ERROR".
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <iostream>
#include <stdexcept>
#include <string>

#include <iostls/iostls.hpp>

#include "support/connection_pool.hpp"
#include "support/http_message.hpp"
#include "support/stop_signal.hpp"

namespace {

using std::chrono::seconds;

struct limits {
  seconds idle{30};      // between a client's bytes
  seconds session{600};  // in all, however busily the client sends
};

std::string answer(const std::string& command) {
  if (command.compare(0, 5, "ECHO ") == 0) return "OK " + command.substr(5);
  if (command == "TIME") return "OK " + std::to_string(std::time(nullptr));
  return "ERROR ECHO text, TIME or QUIT, please";
}

// The reason why there will be no more commands.
std::string farewell(iostls::ssl_server_stream& client, example::line_outcome last) {
  if (last == example::line_outcome::too_long) return "ERROR too long a line";
  if (client.error() != iostls::ssl_errc::timed_out) return {};
  client.clear();
  return "ERROR too slow";
}

void serve(iostls::ssl_server_stream& client, const limits& limit,
           const std::function<void()>& on_request) {
  client.expires_after(limit.session);
  std::string command;
  auto got = example::line_outcome::complete;
  while ((got = example::read_line(client, command)) == example::line_outcome::complete) {
    on_request();
    if (command == "QUIT") break;
    client << answer(command) << "\r\n";
  }
  const std::string last = command == "QUIT" ? "OK bye" : farewell(client, got);
  client.expires_after(seconds(2));  // the time of the session may be over
  if (!last.empty()) client << last << "\r\n";
  client.close();
}

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
  const example::stop_signal on_signal([&] { listener.cancel(); });
  example::connection_pool sessions("line_server", [&](iostls::ssl_server_stream& client,
                                                       const std::function<void()>& on_request) {
    serve(client, limit, on_request);
  });
  std::cout << "listening on port " << listener.port() << std::endl;
  sessions.serve_all(listener, context);
} catch (const std::exception& e) {
  std::cerr << "line_server: " << e.what() << '\n';
  return 1;
}
