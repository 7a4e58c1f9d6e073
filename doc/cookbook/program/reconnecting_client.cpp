// SPDX-License-Identifier: Apache-2.0
// Sends each line of its input and prints the answer; connects again if the connection is lost.
// reconnecting_client HOST PORT [CA-FILE]
#include <algorithm>
#include <chrono>
#include <exception>
#include <iostream>
#include <random>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>

#include <iostls/iostls.hpp>

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// Whether another attempt may end differently.
bool is_temporary(const std::error_code& why) {
  return why != iostls::ssl_errc::certificate_rejected &&
         why != iostls::ssl_errc::bad_configuration && why != iostls::ssl_errc::bad_credentials;
}

class client {
 public:
  client(std::string host, std::string service, const iostls::ssl_context& context)
      : host_(std::move(host)), service_(std::move(service)), context_(context) {}

  // The server may get a question twice: if the connection is lost before the answer has arrived.
  std::string ask(const std::string& question) {
    for (int attempt = 1; attempt <= 8; ++attempt) {
      if (attempt > 1) pause(attempt);
      std::string answer;
      server_.expires_after(seconds(10));
      if (is_connected() && server_ << question << '\n' && iostls::getline(server_, answer, 8192)) {
        return answer;
      }
      const std::string why =
          server_.error() ? server_.last_error()->what() : "the server has ended the connection";
      if (!is_temporary(server_.error())) throw std::runtime_error(why);
      std::clog << "attempt " << attempt << ": " << why << '\n';
    }
    throw std::runtime_error("there is no answer");
  }

 private:
  bool is_connected() {
    if (!server_.is_open() || !server_.good()) server_.connect(host_, service_, context_);
    return server_.good();
  }

  // From 0.1 s to 10 s, and random: not all clients come back at once when a server has restarted.
  void pause(int attempt) {
    const int longest = std::min(100 << (attempt - 2), 10000);
    const int wait = std::uniform_int_distribution<int>(longest / 2, longest)(random_);
    std::this_thread::sleep_for(milliseconds(wait));
  }

  const std::string host_, service_;
  const iostls::ssl_context context_;
  iostls::ssl_client_stream server_;
  std::minstd_rand random_{std::random_device()()};
};

}  // namespace

int main(int argc, char** argv) try {
  if (argc < 3) throw std::runtime_error("usage: reconnecting_client HOST PORT [CA-FILE]");
  iostls::context_options options;
  if (argc > 3) options.ca_file = argv[3];
  client server(argv[1], argv[2], iostls::ssl_context::client(options));
  for (std::string line; getline(std::cin, line);) std::cout << server.ask(line) << std::endl;
} catch (const std::exception& e) {
  std::cerr << e.what() << '\n';
  return 1;
}
