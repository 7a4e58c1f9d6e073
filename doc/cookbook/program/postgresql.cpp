// SPDX-License-Identifier: Apache-2.0
// Connects to PostgreSQL over TLS, logs in by certificate, and prints the answer to a query.
// postgresql HOST PORT CA-FILE CERTIFICATE-AND-KEY USER DATABASE QUERY
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <exception>
#include <iostream>
#include <stdexcept>
#include <string>

#include <iostls/iostls.hpp>

namespace {

constexpr std::chrono::seconds patience(30);
constexpr std::size_t largest_message = 16 * 1024 * 1024;

// Numbers are big-endian.
std::string number(std::uint32_t n) {
  return {static_cast<char>(n >> 24), static_cast<char>(n >> 16), static_cast<char>(n >> 8),
          static_cast<char>(n)};
}

std::uint32_t number_at(const std::string& text, std::size_t at, std::size_t size = 4) {
  if (at + size > text.size()) throw std::runtime_error("PostgreSQL: a message breaks off");
  std::uint32_t n = 0;
  for (std::size_t i = 0; i < size; ++i) n = n << 8 | static_cast<unsigned char>(text[at + i]);
  return n;
}

// SSLRequest: the server answers with one byte, and not with more, since what follows it has to be TLS.
void request_tls(int fd) {
  const timeval limit = {patience.count(), 0};
  ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  const std::string request = number(8) + number(80877103);
  char answer = 0;
  if (::send(fd, request.data(), request.size(), MSG_NOSIGNAL) != 8 ||
      ::recv(fd, &answer, 1, 0) != 1) {
    throw std::runtime_error("PostgreSQL: no answer to SSLRequest");
  }
  if (answer != 'S') throw std::runtime_error("the server does not offer TLS");
}

iostls::ssl_client_stream connect(const std::string& host, const std::string& port,
                                  iostls::context_options options) {
  options.server_name = host;
  const auto context = iostls::ssl_context::client(options);
  const int fd = iostls::connect_tcp(host, port, std::chrono::steady_clock::now() + patience);
  try {
    request_tls(fd);
    return iostls::ssl_client_stream(fd, context);
  } catch (...) {
    ::close(fd);
    throw;
  }
}

struct message {
  char type = 0;
  std::string content;
};

message receive(iostls::ssl_stream& server) {
  message m;
  std::string size(4, '\0');
  server.get(m.type).read(&size[0], 4);
  if (server && number_at(size, 0) >= 4 && number_at(size, 0) < largest_message) {
    m.content.resize(number_at(size, 0) - 4);
    server.read(&m.content[0], static_cast<std::streamsize>(m.content.size()));
  }
  if (server.error()) throw iostls::ssl_error(*server.last_error());
  if (!server) throw std::runtime_error("PostgreSQL: the server has closed the connection");
  if (m.type == 'E') throw std::runtime_error("PostgreSQL: " + m.content);
  return m;
}

void log_in(iostls::ssl_stream& server, const std::string& user, const std::string& database) {
  using namespace std::string_literals;
  const std::string parameters =
      number(196608) + "user\0"s + user + "\0database\0"s + database + "\0\0"s;
  server << number(static_cast<std::uint32_t>(parameters.size() + 4)) << parameters;
  for (message m; m.type != 'Z';) {  // ready
    m = receive(server);
    if (m.type == 'R' && number_at(m.content, 0) != 0) {
      throw std::runtime_error("the server wants another login than by certificate");
    }
  }
}

void print_row(const std::string& row) {
  std::size_t at = 2;
  for (std::uint32_t left = number_at(row, 0, 2); left > 0; --left) {
    const std::uint32_t size = number_at(row, at);
    at += 4;
    if (size != 0xffffffff) {  // NULL
      if (size > row.size() - at) throw std::runtime_error("PostgreSQL: a row breaks off");
      std::cout << row.substr(at, size);
      at += size;
    }
    std::cout << (left > 1 ? '\t' : '\n');
  }
}

void query(iostls::ssl_stream& server, const std::string& text) {
  server << 'Q' << number(static_cast<std::uint32_t>(text.size() + 5)) << text << '\0';
  for (message m; m.type != 'Z';) {
    m = receive(server);
    if (m.type == 'D') print_row(m.content);
  }
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 8) {
    throw std::runtime_error("usage: postgresql HOST PORT CA-FILE PEM-FILE USER DATABASE QUERY");
  }
  iostls::context_options options;
  options.ca_file = argv[3];
  options.certificate = argv[4];
  iostls::ssl_client_stream server = connect(argv[1], argv[2], options);
  server.expires_after(patience);
  log_in(server, argv[5], argv[6]);
  query(server, argv[7]);
  server << 'X' << number(4);
  server.close();
} catch (const std::exception& e) {
  std::cerr << e.what() << '\n';
  return 1;
}
