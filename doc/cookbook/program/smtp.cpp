// SPDX-License-Identifier: Apache-2.0
// Submits a message by SMTP over TLS (RFC 5321, RFC 8314). The password is in MAIL_PASSWORD.
// smtp HOST PORT USER FROM TO [CA-FILE] <MESSAGE
#include <chrono>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <stdexcept>
#include <string>

#include <iostls/iostls.hpp>

namespace {

// In an address, a blank, a bracket or a line end would be taken for something else.
std::string address(const std::string& text) {
  for (const char c : text) {
    if (c <= ' ' || c > '~' || c == '<' || c == '>') {
      throw std::runtime_error("not a mail address: " + text);
    }
  }
  return "<" + text + ">";
}

std::string base64(const std::string& text) {
  const char* const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string result;
  for (std::size_t i = 0; i < text.size(); i += 3) {
    unsigned block = 0;
    for (std::size_t k = 0; k < 3; ++k) {
      block = block << 8 | (i + k < text.size() ? static_cast<unsigned char>(text[i + k]) : 0U);
    }
    for (std::size_t k = 0; k < 4; ++k) {
      result += i + k <= text.size() ? digits[block >> (18 - 6 * k) & 63] : '=';
    }
  }
  return result;
}

// "250-SIZE", ..., "250 HELP"
void expect(iostls::ssl_stream& server, const std::string& code) {
  std::string line;
  for (int i = 0; i < 100; ++i) {
    if (!iostls::getline(server, line, 1000)) {
      if (server.error()) throw iostls::ssl_error(*server.last_error());
      throw std::runtime_error("the server has closed the connection");
    }
    if (line.compare(0, 3, code) != 0) throw std::runtime_error("SMTP: " + line);
    if (line[3] != '-') return;
  }
  throw std::runtime_error("SMTP: an answer without an end");
}

void ask(iostls::ssl_stream& server, const std::string& command, const std::string& code) {
  server.expires_after(std::chrono::seconds(60));
  server << command << "\r\n";
  expect(server, code);
}

// A line that begins with a dot gets one more; a single dot is the end.
void send_message(iostls::ssl_stream& server, std::istream& message) {
  server.expires_after(std::chrono::seconds(600));
  for (std::string line; getline(message, line);) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    if (line.find('\r') != std::string::npos) throw std::runtime_error("a bare CR in the message");
    server << (line[0] == '.' ? "." : "") << line << "\r\n";
  }
  ask(server, ".", "250");  // now the server is responsible for it
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc < 6) throw std::runtime_error("usage: smtp HOST PORT USER FROM TO [CA-FILE] <MESSAGE");
  const char* const password = std::getenv("MAIL_PASSWORD");
  iostls::context_options options;
  if (argc > 6) options.ca_file = argv[6];
  iostls::ssl_client_stream server(argv[1], argv[2], options);
  server.expires_after(std::chrono::seconds(60));
  expect(server, "220");
  ask(server, "EHLO localhost", "250");
  const std::string null(1, '\0');
  ask(server, "AUTH PLAIN " + base64(null + argv[3] + null + (password ? password : "")), "235");
  ask(server, "MAIL FROM:" + address(argv[4]), "250");
  ask(server, "RCPT TO:" + address(argv[5]), "250");
  ask(server, "DATA", "354");
  send_message(server, std::cin);
  server << "QUIT\r\n";
  server.close();
  std::cout << "accepted\n";
} catch (const std::exception& e) {
  std::cerr << e.what() << '\n';
  return 1;
}
