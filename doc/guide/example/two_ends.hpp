// SPDX-License-Identifier: Apache-2.0
// What the guide's examples try their lines on: a connected pair of sockets, and a context for each
// end; the client's trusts the server's certificate.
#pragma once

#include <cerrno>
#include <functional>
#include <system_error>
#include <thread>
#include <utility>

#include <sys/socket.h>
#include <unistd.h>
#include <iostls/iostls.hpp>

class two_ends {
 public:
  explicit two_ends(iostls::context_options server = {}, iostls::context_options client = {})
      : own_(iostls::self_signed_certificate({"localhost"})),
        server_(iostls::ssl_context::server(with_certificate(server))),
        client_(iostls::ssl_context::client(with_trust(client))) {
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, fd_) != 0) {
      throw std::system_error(errno, std::generic_category(), "socketpair");
    }
  }

  two_ends(const two_ends&) = delete;
  two_ends& operator=(const two_ends&) = delete;
  ~two_ends() {
    for (const int fd : fd_) {
      if (fd >= 0) ::close(fd);
    }
  }

  iostls::ssl_server_stream server(const iostls::connection_options& options = {}) {
    return iostls::ssl_server_stream(server_fd(), server_, options);
  }
  iostls::ssl_client_stream client(const iostls::connection_options& options = {}) {
    return iostls::ssl_client_stream(client_fd(), client_, options);
  }

  const iostls::ssl_context& server_context() const { return server_; }
  const iostls::ssl_context& client_context() const { return client_; }

  // The caller that asks for a socket has to close it.
  int server_fd() { return std::exchange(fd_[0], -1); }
  int client_fd() { return std::exchange(fd_[1], -1); }

 private:
  iostls::context_options with_certificate(iostls::context_options options) const {
    options.certificate = own_.certificate;
    options.key = own_.key;
    return options;
  }
  iostls::context_options with_trust(iostls::context_options options) const {
    options.ca_certificates = own_.certificate;
    options.server_name = "localhost";
    return options;
  }

  iostls::credential own_;
  iostls::ssl_context server_;
  iostls::ssl_context client_;
  int fd_[2];
};

// Runs a function on a thread, which its destructor waits for.
class in_background {
 public:
  explicit in_background(std::function<void()> run) : thread_(std::move(run)) {}
  in_background(const in_background&) = delete;
  in_background& operator=(const in_background&) = delete;
  ~in_background() { thread_.join(); }

 private:
  std::thread thread_;
};
