// SPDX-License-Identifier: Apache-2.0
#include "openssl_loop.hpp"

#include <algorithm>
#include <stdexcept>

#include <openssl/err.h>
#include <sys/socket.h>
#include <unistd.h>

namespace bench {

void throw_openssl(const char* operation) {
  char text[256] = "the connection has ended";
  if (const unsigned long code = ERR_get_error()) ERR_error_string_n(code, text, sizeof text);
  throw std::runtime_error(std::string(operation) + ": " + text);
}

SSL_CTX* make_context(const setting& s, bool server) {
  SSL_CTX* const c = SSL_CTX_new(server ? TLS_server_method() : TLS_client_method());
  bool good = c != nullptr && SSL_CTX_set_ciphersuites(c, s.suite.c_str()) == 1;
  if (server) {
    good = good && SSL_CTX_use_certificate_chain_file(c, s.certificate.c_str()) == 1 &&
           SSL_CTX_use_PrivateKey_file(c, s.key.c_str(), SSL_FILETYPE_PEM) == 1;
  } else {
    good =
        good && (s.authorities.empty() ? SSL_CTX_set_default_verify_paths(c)
                                       : SSL_CTX_load_verify_file(c, s.authorities.c_str())) == 1;
    if (good) SSL_CTX_set_verify(c, SSL_VERIFY_PEER, nullptr);
  }
  if (!good) throw_openssl("context");
  return c;
}

openssl_end::~openssl_end() {
  SSL_free(ssl_);
  close(fd_);
}

void openssl_end::handshake() {
  if (SSL_do_handshake(ssl_) != 1) throw_openssl("handshake");
}

void openssl_end::write(const char* data, std::size_t size) {
  constexpr std::size_t record = 16 * 1024;
  while (size != 0) {
    std::size_t put = 0;
    if (SSL_write_ex(ssl_, data, std::min(size, record), &put) != 1) throw_openssl("write");
    data += put;
    size -= put;
  }
}

std::size_t openssl_end::read_some(char* data, std::size_t size) {
  std::size_t got = 0;
  if (SSL_read_ex(ssl_, data, size, &got) == 1) return got;
  if (SSL_get_error(ssl_, 0) != SSL_ERROR_ZERO_RETURN) throw_openssl("read");
  return 0;
}

std::size_t openssl_end::read(char* data, std::size_t size) {
  constexpr std::size_t record = 16 * 1024;
  std::size_t got = 0;
  while (got != size) {
    const std::size_t n = read_some(data + got, std::min(size - got, record));
    if (n == 0) break;
    got += n;
  }
  return got;
}

void openssl_end::send_line(const std::string& line) {
  const std::string whole = line + '\n';
  write(whole.data(), whole.size());
  flush();
}

// Lines come alone here, so that nothing of the next one is read.
void openssl_end::read_line(std::string& line) {
  char buffer[256];
  line.clear();
  do {
    const std::size_t n = read_some(buffer, sizeof buffer);
    if (n == 0) throw_openssl("read");
    line.append(buffer, n);
  } while (line.back() != '\n');
  line.pop_back();
}

void openssl_end::finish() {
  flush();
  if (SSL_shutdown(ssl_) < 0) throw_openssl("shutdown");
  flush();
  ::shutdown(fd_, SHUT_WR);
}

openssl_peer::openssl_peer(const setting& s)
    : server_(make_context(s, true)), client_(make_context(s, false)) {}

openssl_peer::~openssl_peer() {
  SSL_SESSION_free(session_);
  SSL_CTX_free(server_);
  SSL_CTX_free(client_);
}

SSL* openssl_peer::new_server() {
  SSL* const ssl = SSL_new(server_);
  if (ssl == nullptr) throw_openssl("SSL_new");
  SSL_set_accept_state(ssl);
  return ssl;
}

SSL* openssl_peer::new_client() {
  SSL* const ssl = SSL_new(client_);
  if (ssl == nullptr) throw_openssl("SSL_new");
  SSL_set_connect_state(ssl);
  SSL_set1_host(ssl, "localhost");
  SSL_set_tlsext_host_name(ssl, "localhost");
  if (session_ != nullptr) SSL_set_session(ssl, session_);
  return ssl;
}

std::unique_ptr<end> openssl_peer::server_end(int fd) {
  auto e = std::make_unique<openssl_end>(new_server(), fd);
  SSL_set_fd(e->native(), fd);
  return e;
}

std::unique_ptr<end> openssl_peer::client_end(int fd) {
  auto e = std::make_unique<openssl_end>(new_client(), fd);
  SSL_set_fd(e->native(), fd);
  return e;
}

void openssl_peer::resume(end& finished) {
  SSL_SESSION_free(session_);
  session_ = SSL_get1_session(static_cast<openssl_end&>(finished).native());
}

std::unique_ptr<peer> make_openssl_loop(const setting& s) {
  return std::make_unique<openssl_peer>(s);
}

}  // namespace bench
