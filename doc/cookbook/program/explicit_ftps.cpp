// SPDX-License-Identifier: Apache-2.0
// Downloads a file by FTP with explicit TLS (RFC 4217). The password is in FTP_PASSWORD.
// explicit_ftps HOST PORT CA-FILE USER PATH >FILE
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <stdexcept>
#include <string>

#include <iostls/iostls.hpp>

namespace {

constexpr std::chrono::seconds patience(30);

std::chrono::steady_clock::time_point deadline() {
  return std::chrono::steady_clock::now() + patience;
}

// A line end in an argument would begin another command.
std::string one_line(const std::string& text) {
  if (text.find_first_of("\r\n") != std::string::npos) throw std::runtime_error("a line end");
  return text;
}

// Byte by byte, so that nothing that follows the line is consumed: it belongs to TLS.
std::string plain_line(int fd) {
  std::string line;
  for (char c = 0; line.size() < 1000 && ::recv(fd, &c, 1, 0) == 1;) {
    if (c == '\n') return line;
    line += c;
  }
  throw std::runtime_error("the server does not answer as FTP does");
}

std::string tls_line(iostls::ssl_stream& s) {
  std::string line;
  if (iostls::getline(s, line, 1000)) return line;
  if (s.error()) throw iostls::ssl_error(*s.last_error());
  throw std::runtime_error("the server has closed the connection");
}

// Answers may have several lines: "230-", ..., "230 ".
template <class ReadLine>
std::string expect(const std::string& code, ReadLine read_line) {
  std::string line = read_line();
  if (line.compare(0, code.size(), code) != 0) throw std::runtime_error("FTP: " + line);
  const std::string last = line.substr(0, 3) + " ";
  for (int i = 0; line.compare(0, 4, last) != 0; ++i) {
    if (i == 100) throw std::runtime_error("FTP: an answer without an end");
    line = read_line();
  }
  return line;
}

std::string ask(iostls::ssl_stream& control, const std::string& command, const std::string& code) {
  control.expires_after(patience);
  control << one_line(command) << "\r\n";
  return expect(code, [&] { return tls_line(control); });
}

void begin_tls(int fd) {
  const timeval limit = {patience.count(), 0};
  ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  expect("220", [&] { return plain_line(fd); });
  if (::send(fd, "AUTH TLS\r\n", 10, MSG_NOSIGNAL) != 10) throw std::runtime_error("AUTH: lost");
  expect("234", [&] { return plain_line(fd); });
}

iostls::ssl_client_stream connect_control(const std::string& host, const std::string& port,
                                          const iostls::ssl_context& context) {
  const int fd = iostls::connect_tcp(host, port, deadline());
  try {
    begin_tls(fd);
    return iostls::ssl_client_stream(fd, context);
  } catch (...) {
    ::close(fd);
    throw;
  }
}

// Many servers want the session of the control connection: it shows that both are one client's.
iostls::ssl_client_stream connect_data(const std::string& host, int port,
                                       const iostls::ssl_context& context,
                                       const iostls::ssl_session& session) {
  iostls::connection_options resumed;
  resumed.session = session;
  const int fd = iostls::connect_tcp(host, port, deadline());
  try {
    return iostls::ssl_client_stream(fd, context, resumed);
  } catch (...) {
    ::close(fd);
    throw;
  }
}

// "229 Entering Extended Passive Mode (|||6446|)"
int port_of(const std::string& answer) {
  int port = 0;
  const std::size_t open = answer.find("(|||");
  if (open == std::string::npos || std::sscanf(&answer[open], "(|||%5d|)", &port) != 1) {
    throw std::runtime_error("FTP: " + answer);
  }
  return port;
}

void download(iostls::ssl_client_stream& control, const std::string& host,
              const iostls::ssl_context& context, const std::string& path) {
  const int port = port_of(ask(control, "EPSV", "229"));
  iostls::ssl_client_stream data = connect_data(host, port, context, control.session());
  ask(control, "RETR " + path, "1");
  data.read_timeout(patience);
  if (data.peek() != std::char_traits<char>::eof()) std::cout << data.rdbuf();
  // Cut off: the file is not complete.
  if (data.error()) throw iostls::ssl_error(*data.last_error());
  data.close();
  control.expires_after(patience);
  expect("226", [&] { return tls_line(control); });
}

void run(char** argv) {
  const std::string host = argv[1];
  const char* const password = std::getenv("FTP_PASSWORD");
  iostls::context_options options;
  options.ca_file = argv[3];
  options.server_name = host;
  const auto context = iostls::ssl_context::client(options);
  iostls::ssl_client_stream control = connect_control(host, argv[2], context);
  const std::string user = ask(control, std::string("USER ") + argv[4], "");
  if (user[0] != '2' && user[0] != '3') throw std::runtime_error("FTP: " + user);
  if (user[0] == '3') ask(control, std::string("PASS ") + (password ? password : ""), "230");
  ask(control, "PBSZ 0", "200");
  ask(control, "PROT P", "200");  // data connections use TLS, too
  ask(control, "TYPE I", "200");
  download(control, host, context, argv[5]);
  ask(control, "QUIT", "221");
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 6) throw std::runtime_error("usage: explicit_ftps HOST PORT CA-FILE USER PATH");
  run(argv);
  return std::cout.flush() ? 0 : 1;
} catch (const std::exception& e) {
  std::cerr << e.what() << '\n';
  return 1;
}
