// SPDX-License-Identifier: Apache-2.0
// What somebody writes by hand on SSL_read and SSL_write.
#pragma once

#include <string>

#include <openssl/ssl.h>

#include "peer.hpp"

namespace bench {

// An SSL_CTX with the setting's credential and cipher suite; a client's verifies.
SSL_CTX* make_context(const setting& s, bool server);

class openssl_end : public end {
 public:
  // Takes over both. The caller has attached the descriptor to the SSL object.
  openssl_end(SSL* ssl, int fd) : ssl_(ssl), fd_(fd) {}
  ~openssl_end() override;

  void handshake() override;
  void write(const char* data, std::size_t size) override;
  void flush() override {}
  std::size_t read(char* data, std::size_t size) override;
  void send_line(const std::string& line) override;
  void read_line(std::string& line) override;
  void finish() override;
  bool resumed() override { return SSL_session_reused(ssl_) == 1; }
  SSL* native() const { return ssl_; }
  int fd() const { return fd_; }

 private:
  std::size_t read_some(char* data, std::size_t size);

  SSL* const ssl_;
  const int fd_;
};

class openssl_peer : public descriptor_peer {
 public:
  explicit openssl_peer(const setting& s);
  ~openssl_peer() override;

  std::unique_ptr<end> server_end(int fd) override;
  std::unique_ptr<end> client_end(int fd) override;
  void resume(end& finished) override;

 protected:
  SSL* new_server();
  SSL* new_client();
  const SSL_SESSION* session() const { return session_; }

  SSL_CTX* const server_;
  SSL_CTX* const client_;

 private:
  SSL_SESSION* session_ = nullptr;
};

[[noreturn]] void throw_openssl(const char* operation);

}  // namespace bench
