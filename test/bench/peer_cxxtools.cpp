// SPDX-License-Identifier: Apache-2.0
// cxxtools: its TcpStream over TLS. It makes a context of its own for each connection, checks the
// certificate but not the host name, and takes the cipher suite from OpenSSL's configuration.
#include <memory>
#include <string>

#include <cxxtools/net/tcpserver.h>
#include <cxxtools/net/tcpstream.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "stream_end.hpp"

namespace bench {
namespace {

namespace net = cxxtools::net;

void send_at_once(int fd) {
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

class tls_end : public stream_end {
 public:
  tls_end(net::TcpServer& listener, const setting& s) : stream_(listener), server_(true) {
    send_at_once(stream_.getFd());
    stream_.loadSslCertificateFile(s.certificate, s.key);
  }
  tls_end(unsigned short port, const setting& s) : stream_("127.0.0.1", port), server_(false) {
    send_at_once(stream_.getFd());
    stream_.setSslVerify(1, s.authorities);
  }

  void handshake() override { server_ ? stream_.sslAccept() : stream_.sslConnect(); }
  void finish() override {
    flush();
    ::shutdown(stream_.getFd(), SHUT_WR);
  }
  std::ostream* out() override { return &stream_; }
  std::istream* in() override { return &stream_; }

 private:
  net::TcpStream stream_;
  bool server_;
};

class tls_peer : public peer {
 public:
  explicit tls_peer(const setting& s) : setting_(s) {}

  // It cannot tell which port it was given.
  unsigned short listen() override {
    const unsigned short port = iostls::tcp_listener("127.0.0.1").port();
    listener_.listen("127.0.0.1", port, 1024);
    return port;
  }
  std::unique_ptr<end> accept() override { return std::make_unique<tls_end>(listener_, setting_); }
  std::unique_ptr<end> connect(unsigned short port) override {
    return std::make_unique<tls_end>(port, setting_);
  }

 private:
  setting setting_;
  net::TcpServer listener_;
};

}  // namespace

std::unique_ptr<peer> make_cxxtools_ssl(const setting& s) { return std::make_unique<tls_peer>(s); }

}  // namespace bench
