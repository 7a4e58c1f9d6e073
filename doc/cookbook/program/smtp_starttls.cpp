// SPDX-License-Identifier: Apache-2.0
// Submits a message by SMTP with STARTTLS (RFC 3207), port 587. The password is in MAIL_PASSWORD.
// smtp_starttls HOST PORT USER FROM TO [CA-FILE] <MESSAGE
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <stdexcept>
#include <string>

#include <iostls/iostls.hpp>

namespace {

constexpr std::chrono::seconds patience(60);

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

// Byte by byte, so that nothing that follows the line is consumed: it belongs to TLS.
std::string plain_line(int fd) {
  std::string line;
  for (char c = 0; line.size() < 1000 && ::recv(fd, &c, 1, 0) == 1;) {
    if (c == '\n') return line;
    line += c;
  }
  throw std::runtime_error("the server does not answer as SMTP does");
}

std::string tls_line(iostls::ssl_stream& server) {
  std::string line;
  if (iostls::getline(server, line, 1000)) return line;
  if (server.error()) throw iostls::ssl_error(*server.last_error());
  throw std::runtime_error("the server has closed the connection");
}

// "250-SIZE", ..., "250 HELP"
template <class ReadLine>
void expect(const std::string& code, ReadLine read_line) {
  for (int i = 0; i < 100; ++i) {
    const std::string line = read_line();
    if (line.compare(0, 3, code) != 0) throw std::runtime_error("SMTP: " + line);
    if (line[3] != '-') return;
  }
  throw std::runtime_error("SMTP: an answer without an end");
}

void ask_plain(int fd, const std::string& command, const std::string& code) {
  const std::string line = command + "\r\n";
  if (::send(fd, line.data(), line.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(line.size())) {
    throw std::runtime_error(command + ": lost");
  }
  expect(code, [&] { return plain_line(fd); });
}

void ask(iostls::ssl_stream& server, const std::string& command, const std::string& code) {
  server.expires_after(patience);
  server << command << "\r\n";
  expect(code, [&] { return tls_line(server); });
}

// A server that refuses is an error: never continue without TLS.
void begin_tls(int fd) {
  const timeval limit = {patience.count(), 0};
  ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  expect("220", [&] { return plain_line(fd); });
  ask_plain(fd, "EHLO localhost", "250");
  ask_plain(fd, "STARTTLS", "220");
}

iostls::ssl_client_stream connect(const char* host, const char* port,
                                  const iostls::ssl_context& context) {
  const int fd = iostls::connect_tcp(host, port, std::chrono::steady_clock::now() + patience);
  try {
    begin_tls(fd);
    return iostls::ssl_client_stream(fd, context);
  } catch (...) {
    ::close(fd);
    throw;
  }
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

void submit(iostls::ssl_stream& server, char** argv) {
  const char* const password = std::getenv("MAIL_PASSWORD");
  ask(server, "EHLO localhost", "250");  // again: what was said before TLS does not count
  const std::string null(1, '\0');
  ask(server, "AUTH PLAIN " + base64(null + argv[3] + null + (password ? password : "")), "235");
  ask(server, "MAIL FROM:" + address(argv[4]), "250");
  ask(server, "RCPT TO:" + address(argv[5]), "250");
  ask(server, "DATA", "354");
  send_message(server, std::cin);
  server << "QUIT\r\n";
  server.close();
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc < 6) {
    throw std::runtime_error("usage: smtp_starttls HOST PORT USER FROM TO [CA-FILE] <MESSAGE");
  }
  iostls::context_options options;
  options.server_name = argv[1];  // a stream that is given a descriptor does not know the host
  if (argc > 6) options.ca_file = argv[6];
  iostls::ssl_client_stream server =
      connect(argv[1], argv[2], iostls::ssl_context::client(options));
  submit(server, argv);
  std::cout << "accepted\n";
} catch (const std::exception& e) {
  std::cerr << e.what() << '\n';
  return 1;
}
