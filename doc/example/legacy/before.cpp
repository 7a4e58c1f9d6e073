// SPDX-License-Identifier: Apache-2.0
// Lists what is in a mailbox (POP3, RFC 1939): HOST USER [SERVICE], password on standard input.
#include <chrono>
#include <iostream>
#include <stdexcept>
#include <string>

#include <asio.hpp>

namespace {

// Sends a command, unless it is empty, and returns what follows "+OK" in the answer.
std::string ask(std::iostream& server, const std::string& command) {
  if (!command.empty()) server << command << "\r\n" << std::flush;
  std::string answer;
  if (!getline(server, answer)) throw std::runtime_error("the server does not answer");
  if (answer.compare(0, 3, "+OK") != 0) throw std::runtime_error("refused: " + answer);
  return answer.substr(3);
}

void show_sizes(std::iostream& server) {
  ask(server, "LIST");
  std::string line;
  while (getline(server, line) && line != ".\r") std::cout << line << '\n';
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  const std::string service = argc > 3 ? argv[3] : "pop3";
  std::string password;
  getline(std::cin, password);

  asio::ip::tcp::iostream server(std::string(argv[1]), service);
  try {
    server.expires_after(std::chrono::seconds(30));
    ask(server, "");
    ask(server, std::string("USER ") + argv[2]);
    ask(server, "PASS " + password);
    std::cout << "messages and bytes:" << ask(server, "STAT") << '\n';
    show_sizes(server);
    ask(server, "QUIT");
  } catch (const std::exception& e) {
    std::cerr << e.what() << '\n';
    if (server.error()) std::cerr << server.error().message() << '\n';
    return 1;
  }
}
