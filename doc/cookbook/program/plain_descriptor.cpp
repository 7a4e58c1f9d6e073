// SPDX-License-Identifier: Apache-2.0
// Has a question answered under TLS by code that only knows plain descriptors.
// plain_descriptor HOST PORT QUESTION [CA-FILE]
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <exception>
#include <future>
#include <iostream>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>

#include <iostls/iostls.hpp>

namespace {

// The old code: it takes a connected descriptor, sends a line, and reads until the end.
std::string answer_to(const std::string& question, int fd) {
  const std::string line = question + '\n';
  if (::write(fd, line.data(), line.size()) != static_cast<ssize_t>(line.size())) {
    throw std::system_error(errno, std::generic_category(), "write");
  }
  ::shutdown(fd, SHUT_WR);
  std::string answer;
  std::array<char, 1000> block;
  ssize_t n = 0;
  while ((n = ::read(fd, block.data(), block.size())) > 0) {
    answer.append(block.data(), static_cast<std::size_t>(n));
  }
  if (n < 0) throw std::system_error(errno, std::generic_category(), "read");
  return answer;
}

class owned_descriptor {
 public:
  owned_descriptor() = default;
  owned_descriptor(const owned_descriptor&) = delete;
  owned_descriptor& operator=(const owned_descriptor&) = delete;
  ~owned_descriptor() { reset(); }

  void reset(int fd = -1) {
    if (fd_ >= 0) ::close(fd_);
    fd_ = fd;
  }
  int get() const { return fd_; }

 private:
  int fd_ = -1;
};

// A socket that leads to the peer of a TLS connection: two threads copy between it and the stream, which
// nothing else may use meanwhile.
class plain_descriptor {
 public:
  explicit plain_descriptor(iostls::ssl_stream& tls) : tls_(tls), both_(tls) {
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
      throw std::system_error(errno, std::generic_category(), "socketpair");
    }
    ours_.reset(ends[0]);
    theirs_.reset(ends[1]);
    sending_ = std::async(std::launch::async, [this] { send(); });
    receiving_ = std::async(std::launch::async, [this] { receive(); });
  }

  // Sends what was written to the descriptor. The stream can be closed afterwards.
  ~plain_descriptor() {
    theirs_.reset();
    sending_.wait();
    tls_.wake();  // the peer may never end
    receiving_.wait();
  }

  // To be read and written, but not closed, as long as this object lives. Like any socket, it raises
  // SIGPIPE if it is written to after the connection has failed.
  int fd() const { return theirs_.get(); }

 private:
  void send() {
    std::array<char, 16384> block;
    for (;;) {
      const ssize_t n = ::read(ours_.get(), block.data(), block.size());
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) break;
      both_.out().write(block.data(), n).flush();
      if (!both_.out()) {
        ::shutdown(ours_.get(), SHUT_RDWR);
        return;
      }
    }
    tls_.shutdown_write();
  }

  void receive() {
    std::istream& in = both_.in();
    std::array<char, 16384> block;
    while (in.peek() != std::istream::traits_type::eof()) {
      if (!pass_on(block.data(), in.readsome(block.data(), block.size()))) return;
    }
    ::shutdown(ours_.get(), in.bad() ? SHUT_RDWR : SHUT_WR);
  }

  // False if nobody will read it.
  bool pass_on(const char* data, std::streamsize count) {
    auto size = static_cast<std::size_t>(count);
    while (size != 0) {
      const ssize_t n = ::send(ours_.get(), data, size, MSG_NOSIGNAL);
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return false;
      data += n;
      size -= static_cast<std::size_t>(n);
    }
    return true;
  }

  iostls::ssl_stream& tls_;
  iostls::ssl_duplex both_;
  owned_descriptor ours_;
  std::future<void> sending_, receiving_;
  // The last member: closing it ends the threads, should the constructor throw.
  owned_descriptor theirs_;
};

}  // namespace

int main(int argc, char** argv) try {
  if (argc < 4) throw std::runtime_error("usage: plain_descriptor HOST PORT QUESTION [CA-FILE]");
  iostls::context_options options;
  if (argc > 4) options.ca_file = argv[4];
  iostls::ssl_client_stream server(argv[1], argv[2], options);
  if (!server) throw iostls::ssl_error(*server.last_error());
  server.expires_after(std::chrono::seconds(30));
  std::signal(SIGPIPE, SIG_IGN);
  server.do_handshake();  // the old code could not report why it failed
  std::string answer;
  {
    plain_descriptor plain(server);
    answer = answer_to(argv[3], plain.fd());
  }
  // An end that an attacker or a crash has made is an error here; the old code cannot see it.
  if (server.error()) throw iostls::ssl_error(*server.last_error());
  server.close();
  std::cout << answer;
} catch (const std::exception& e) {
  std::cerr << e.what() << '\n';
  return 1;
}
