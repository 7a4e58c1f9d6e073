// SPDX-License-Identifier: Apache-2.0
// A server for years: it ends without cutting anybody off, and reads its certificate again.
// graceful_server PORT CERTIFICATE-AND-KEY.pem [IDLE-SECONDS [CONNECTIONS]]
// Commands: ADD number, WORK milliseconds, QUIT. SIGTERM: commands under way are finished and answered, and
// each client hears "BYE". SIGHUP: the certificate's file is read again.
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <limits>
#include <stdexcept>
#include <string>
#include <thread>

#include <iostls/iostls.hpp>

#include "support/http_message.hpp"
#include "support/session_list.hpp"
#include "support/stop_signal.hpp"

namespace {

using std::chrono::seconds;

constexpr seconds grace(10);  // for what is under way when the server is to end

class session {
 public:
  session(iostls::ssl_server_stream& client, seconds idle, const example::session_list& all)
      : client_(client), idle_(idle), all_(all) {}

  void run() {
    std::string command;
    while (next(command)) {
      if (command == "QUIT") return leave("OK bye");
      client_ << answer(command) << "\r\n";
    }
    leave(reason());
  }

 private:
  // The limit is for the whole command: a client that sends a byte now and then does not get round it.
  bool next(std::string& command) {
    client_.expires_after(idle_);
    if (all_.is_ending()) return false;
    got_ = example::read_line(client_, command);
    return got_ == example::line_outcome::complete;
  }

  std::string answer(const std::string& command) {
    const long number = std::strtol(command.c_str() + command.find(' ') + 1, nullptr, 10);
    if (command.compare(0, 4, "ADD ") == 0) return sum_with(number);
    if (command.compare(0, 5, "WORK ") == 0 && number >= 0 && number <= 5000) {
      std::this_thread::sleep_for(std::chrono::milliseconds(number));
      return "OK done";
    }
    return "ERROR ADD number, WORK milliseconds or QUIT, please";
  }

  // Clients may add up any numbers, and an overflow is undefined.
  std::string sum_with(long number) {
    using limits = std::numeric_limits<long>;
    const bool fits = number > 0 ? sum_ <= limits::max() - number : sum_ >= limits::min() - number;
    if (!fits) return "ERROR too large a sum";
    sum_ += number;
    return "OK " + std::to_string(sum_);
  }

  std::string reason() const {
    if (got_ == example::line_outcome::too_long) return "ERROR too long a line";
    if (client_.error() == iostls::ssl_errc::timed_out) return "ERROR too slow";
    const bool is_woken = client_.error() == iostls::ssl_errc::woken;
    return is_woken || (all_.is_ending() && client_.good()) ? "BYE the server ends" : "";
  }

  void leave(const std::string& last) {
    client_.expires_after(seconds(2));
    if (!last.empty()) {
      client_.clear();
      client_ << last << "\r\n";
    }
    client_.close();
  }

  iostls::ssl_server_stream& client_;
  const seconds idle_;
  const example::session_list& all_;
  example::line_outcome got_ = example::line_outcome::complete;
  long sum_ = 0;
};

void reload(const iostls::ssl_context& context) {
  try {
    context.reload();
    std::cout << "reloaded" << std::endl;
  } catch (const iostls::ssl_error& e) {  // the old one stays
    std::cerr << std::string("graceful_server: ") + e.what() + "\n";
  }
}

long parse_number(const char* text) {
  char* end = nullptr;
  const long n = std::strtol(text, &end, 10);
  if (*end != '\0' || n <= 0) throw std::runtime_error(std::string("no number: ") + text);
  return n;
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc < 3 || argc > 5) {
    std::cerr << "usage: graceful_server PORT CERTIFICATE-AND-KEY.pem [IDLE-SECONDS "
                 "[CONNECTIONS]]\n";
    return 2;
  }
  const seconds idle(argc > 3 ? parse_number(argv[3]) : 30);
  const auto most = static_cast<std::size_t>(argc > 4 ? parse_number(argv[4]) : 256);
  iostls::context_options options;
  options.certificate = argv[2];
  options.handshake_timeout = idle;
  const auto context = iostls::ssl_context::server(options);
  iostls::tcp_listener listener("localhost", argv[1]);
  example::session_list sessions("graceful_server", context, most,
                                 [&](iostls::ssl_server_stream& client, int fd) {
                                   example::open(client, fd);
                                   session(client, idle, sessions).run();
                                 });
  // Before the list has threads, and gone before the list is.
  const example::stop_signal on_signal(
      [&] {
        listener.cancel();
        sessions.end();
      },
      [&] { reload(context); });
  std::cout << "listening on port " << listener.port() << std::endl;
  sessions.serve_all(listener);
  listener.close();
  if (!sessions.have_ended_within(grace)) std::cerr << "graceful_server: some are cut off\n";
} catch (const std::exception& e) {
  std::cerr << "graceful_server: " << e.what() << '\n';
  return 1;
}
