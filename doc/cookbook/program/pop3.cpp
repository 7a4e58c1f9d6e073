// SPDX-License-Identifier: Apache-2.0
// Lists the subjects of the messages in a mailbox by POP3 (RFC 1939) over TLS (RFC 8314). The
// password is in MAIL_PASSWORD.
// pop3 HOST PORT USER [CA-FILE]
#include <chrono>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <stdexcept>
#include <string>

#include <iostls/iostls.hpp>

namespace {

std::string read_line(iostls::ssl_stream& server) {
  std::string line;
  if (!iostls::getline(server, line, 1000)) {
    if (server.error()) throw iostls::ssl_error(*server.last_error());
    throw std::runtime_error("the server has closed the connection");
  }
  if (!line.empty() && line.back() == '\r') line.pop_back();
  return line;
}

std::string ask(iostls::ssl_stream& server, const std::string& command) {
  if (command.find_first_of("\r\n") != std::string::npos) throw std::runtime_error("a line end");
  server.expires_after(std::chrono::seconds(30));
  server << command << "\r\n";
  const std::string answer = read_line(server);
  if (answer.compare(0, 3, "+OK") != 0) throw std::runtime_error("POP3: " + answer);
  return answer;
}

// A line with a single dot ends the answer; others that begin with a dot have one more.
bool next(iostls::ssl_stream& server, std::string& line) {
  line = read_line(server);
  if (line == ".") return false;
  if (line[0] == '.') line.erase(0, 1);
  return true;
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc < 4) throw std::runtime_error("usage: pop3 HOST PORT USER [CA-FILE]");
  const char* const password = std::getenv("MAIL_PASSWORD");
  iostls::context_options options;
  if (argc > 4) options.ca_file = argv[4];
  iostls::ssl_client_stream server(argv[1], argv[2], options);
  server.expires_after(std::chrono::seconds(30));
  read_line(server);  // the greeting
  ask(server, std::string("USER ") + argv[3]);
  ask(server, std::string("PASS ") + (password ? password : ""));
  const int count = std::atoi(ask(server, "STAT").substr(4).c_str());
  for (int i = 1; i <= count; ++i) {
    ask(server, "TOP " + std::to_string(i) + " 0");
    for (std::string line; next(server, line);) {
      if (line.compare(0, 9, "Subject: ") == 0) std::cout << i << ": " << line.substr(9) << '\n';
    }
  }
  ask(server, "QUIT");
} catch (const std::exception& e) {
  std::cerr << e.what() << '\n';
  return 1;
}
