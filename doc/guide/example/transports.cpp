// SPDX-License-Identifier: Apache-2.0
// The lines of the page on transports. Exits with 0 if they do what it states.
#include <memory>
#include <sstream>
#include <string>

#include <sys/socket.h>
#include <unistd.h>
#include <iostls/iostls.hpp>

#include "two_ends.hpp"

namespace {

// TLS over whatever has a streambuf: here, over another TLS connection.
std::string through_a_tunnel(iostls::ssl_stream& tunnel, const iostls::ssl_context& context) {
  auto transport = std::make_unique<iostls::streambuf_transport>(*tunnel.rdbuf());
  iostls::ssl_client_stream inner(std::move(transport), context);
  inner << "hello\n";
  std::string answer;
  getline(inner, answer);
  return answer;
}

// A socket that counts what it carries.
class counting_transport : public iostls::socket_transport {
 public:
  counting_transport(int fd, std::size_t& sent) : socket_transport(fd), sent_(sent) {}

  iostls::io_result write_some(const void* data, std::size_t size) override {
    const iostls::io_result result = socket_transport::write_some(data, size);
    sent_ += result.count;
    return result;
  }

 private:
  std::size_t& sent_;
};

// Up to the end of a line, and no byte further: what follows is for TLS.
std::string plain_line(int fd) {
  std::string line;
  for (char c = 0; line.size() < 1000 && recv(fd, &c, 1, 0) == 1;) {
    if (c == '\n') return line;
    line += c;
  }
  throw std::runtime_error("the peer sends no line");
}

// The client's half of a protocol that begins without TLS.
iostls::ssl_client_stream upgrade(int fd, const std::string& host,
                                  const iostls::ssl_context& context) {
  send(fd, "STARTTLS\n", 9, MSG_NOSIGNAL);
  if (plain_line(fd) != "220 go") throw std::runtime_error("the server does not want TLS");
  iostls::connection_options options;
  options.server_name = host;  // a stream that is given a descriptor does not know it
  return iostls::ssl_client_stream(fd, context, options);
}

// The server's half.
iostls::ssl_server_stream upgrade_client(int fd, const iostls::ssl_context& context) {
  if (plain_line(fd) != "STARTTLS") throw std::runtime_error("the client does not want TLS");
  send(fd, "220 go\n", 7, MSG_NOSIGNAL);
  return iostls::ssl_server_stream(fd, context);
}

// The client's half of FTP's CCC; returns the descriptor.
int downgrade(iostls::ssl_stream& server) {
  std::string answer;
  server << "CCC\r\n";
  if (!getline(server, answer) || answer.compare(0, 3, "200") != 0) {
    throw std::runtime_error("the server keeps TLS");
  }
  const iostls::unwrapped_connection rest = server.unwrap();
  if (rest.input.empty()) return rest.fd;
  close(rest.fd);
  throw std::runtime_error("the server has sent something that nobody has asked for");
}

void echo_line(std::iostream& s) {
  std::string line;
  getline(s, line);
  s << line << '\n' << std::flush;
}

bool tunnel_works() {
  two_ends ends;
  const in_background server([&] {
    auto outer = ends.server();
    auto transport = std::make_unique<iostls::streambuf_transport>(*outer.rdbuf());
    iostls::ssl_server_stream inner(std::move(transport), ends.server_context());
    echo_line(inner);
  });
  auto tunnel = ends.client();
  return through_a_tunnel(tunnel, ends.client_context()) == "hello";
}

bool bytes_are_counted() {
  two_ends ends;
  const in_background server([&] {
    auto s = ends.server();
    echo_line(s);
  });
  std::size_t sent = 0;
  auto transport = std::make_unique<counting_transport>(ends.client_fd(), sent);
  iostls::ssl_client_stream s(std::move(transport), ends.client_context());
  s << "hello\n";
  std::string line;
  getline(s, line);
  return line == "hello" && sent > 6;
}

bool tls_begins_later() {
  two_ends ends;
  const in_background server([&] {
    auto s = upgrade_client(ends.server_fd(), ends.server_context());
    echo_line(s);
  });
  auto s = upgrade(ends.client_fd(), "localhost", ends.client_context());
  s << "hello\n";
  std::string line;
  getline(s, line);
  return line == "hello";
}

bool tls_ends_earlier() {
  two_ends ends;
  const in_background server([&] {
    auto s = ends.server();
    std::string command;
    getline(s, command);
    s << "200 plaintext from now on\r\n";
    const iostls::unwrapped_connection rest = s.unwrap();
    const std::string line = rest.input.empty() ? plain_line(rest.fd) + '\n' : rest.input;
    send(rest.fd, line.data(), line.size(), MSG_NOSIGNAL);
    close(rest.fd);
  });
  auto s = ends.client();
  const int fd = downgrade(s);
  send(fd, "hello\n", 6, MSG_NOSIGNAL);
  const std::string line = plain_line(fd);
  close(fd);
  return line == "hello";
}

}  // namespace

int main() {
  return tunnel_works() && bytes_are_counted() && tls_begins_later() && tls_ends_earlier() ? 0 : 1;
}
