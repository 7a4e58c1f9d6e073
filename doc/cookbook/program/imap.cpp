// SPDX-License-Identifier: Apache-2.0
// Prints how many messages are in the inbox, and how many are unseen, by IMAP (RFC 9051) over TLS. The
// password is in MAIL_PASSWORD.
// imap HOST PORT USER [CA-FILE]
#include <chrono>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <stdexcept>
#include <string>
#include <vector>

#include <iostls/iostls.hpp>

namespace {

class imap {
 public:
  explicit imap(iostls::ssl_stream& server) : server_(server) {
    server_.expires_after(std::chrono::seconds(30));
    const std::string greeting = read_line();
    if (greeting.compare(0, 4, "* OK") != 0) throw std::runtime_error("IMAP: " + greeting);
  }

  // Each command has a tag, by which the server marks the end of the answer. Returns the lines before it.
  std::vector<std::string> ask(const std::string& command) {
    const std::string tag = "a" + std::to_string(++count_);
    server_.expires_after(std::chrono::seconds(30));
    server_ << tag << ' ' << command << "\r\n";
    std::vector<std::string> lines;
    for (;;) {
      const std::string line = read_line();
      if (line.compare(0, tag.size() + 4, tag + " OK ") == 0) return lines;
      if (line.compare(0, 2, "* ") != 0 || lines.size() == 1000) {
        throw std::runtime_error("IMAP: " + line);
      }
      lines.push_back(line);
    }
  }

 private:
  std::string read_line() {
    std::string line;
    if (!iostls::getline(server_, line, 8192)) {
      if (server_.error()) throw iostls::ssl_error(*server_.last_error());
      throw std::runtime_error("the server has closed the connection");
    }
    if (!line.empty() && line.back() == '\r') line.pop_back();
    return line;
  }

  iostls::ssl_stream& server_;
  int count_ = 0;
};

// A quoted string. It cannot have a line end.
std::string quoted(const std::string& text) {
  std::string result = "\"";
  for (const char c : text) {
    if (c == '\r' || c == '\n') throw std::runtime_error("a line end");
    if (c == '"' || c == '\\') result += '\\';
    result += c;
  }
  return result + '"';
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc < 4) throw std::runtime_error("usage: imap HOST PORT USER [CA-FILE]");
  const char* const password = std::getenv("MAIL_PASSWORD");
  iostls::context_options options;
  if (argc > 4) options.ca_file = argv[4];
  iostls::ssl_client_stream stream(argv[1], argv[2], options);
  imap server(stream);
  server.ask("LOGIN " + quoted(argv[3]) + ' ' + quoted(password ? password : ""));
  for (const std::string& line : server.ask("STATUS INBOX (MESSAGES UNSEEN)")) {
    if (line.compare(0, 9, "* STATUS ") == 0) std::cout << line.substr(9) << '\n';
  }
  server.ask("LOGOUT");
} catch (const std::exception& e) {
  std::cerr << e.what() << '\n';
  return 1;
}
