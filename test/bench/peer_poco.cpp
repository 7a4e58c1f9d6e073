// SPDX-License-Identifier: Apache-2.0
// POCO: SocketStream over a StreamSocket and over a SecureStreamSocket.
#include <memory>
#include <string>

#include <Poco/Net/Context.h>
#include <Poco/Net/NetSSL.h>
#include <Poco/Net/SecureServerSocket.h>
#include <Poco/Net/SecureStreamSocket.h>
#include <Poco/Net/SocketAddress.h>
#include <Poco/Net/SocketStream.h>
#include <Poco/Net/StreamSocket.h>
#include <Poco/Net/StreamSocketImpl.h>

#include <openssl/ssl.h>

#include "stream_end.hpp"

namespace bench {
namespace {

namespace net = Poco::Net;

class socket_end : public stream_end {
 public:
  explicit socket_end(const net::StreamSocket& socket) : socket_(socket), stream_(socket_) {
    socket_.setNoDelay(true);
  }

  void finish() override {
    flush();
    socket_.shutdownSend();
  }
  bool reads_after_finish() const override { return false; }
  std::ostream* out() override { return &stream_; }
  std::istream* in() override { return &stream_; }

 private:
  net::StreamSocket socket_;
  net::SocketStream stream_;
};

struct adopted_socket : net::StreamSocket {
  explicit adopted_socket(int fd) : StreamSocket(new net::StreamSocketImpl(fd)) {}
};

class plain_peer : public descriptor_peer {
 public:
  std::unique_ptr<end> server_end(int fd) override {
    return std::make_unique<socket_end>(adopted_socket(fd));
  }
  std::unique_ptr<end> client_end(int fd) override { return server_end(fd); }
};

class tls_end : public socket_end {
 public:
  explicit tls_end(const net::SecureStreamSocket& socket) : socket_end(socket), secure_(socket) {}

  void handshake() override { secure_.completeHandshake(); }

 private:
  net::SecureStreamSocket secure_;
};

net::Context::Ptr make_context(const setting& s, bool server) {
  net::Context::Params p;
  if (server) {
    p.certificateFile = s.certificate;
    p.privateKeyFile = s.key;
    p.verificationMode = net::Context::VERIFY_NONE;
  } else {
    p.caLocation = s.authorities;
    p.loadDefaultCAs = s.authorities.empty();
    p.verificationMode = net::Context::VERIFY_RELAXED;
  }
  p.ecdhCurve = "X25519";
  net::Context::Ptr c =
      new net::Context(server ? net::Context::SERVER_USE : net::Context::CLIENT_USE, p);
  SSL_CTX_set_ciphersuites(c->sslContext(), s.suite.c_str());
  return c;
}

class tls_peer : public peer {
 public:
  explicit tls_peer(const setting& s)
      : server_(make_context(s, true)), client_(make_context(s, false)) {}

  unsigned short listen() override {
    listener_ = net::SecureServerSocket(net::SocketAddress("127.0.0.1", 0), 1024, server_);
    return listener_.address().port();
  }
  std::unique_ptr<end> accept() override {
    return std::make_unique<tls_end>(net::SecureStreamSocket(listener_.acceptConnection()));
  }
  std::unique_ptr<end> connect(unsigned short port) override {
    return std::make_unique<tls_end>(
        net::SecureStreamSocket(net::SocketAddress("127.0.0.1", port), "localhost", client_));
  }

 private:
  net::Context::Ptr server_;
  net::Context::Ptr client_;
  net::SecureServerSocket listener_{server_};
};

}  // namespace

std::unique_ptr<peer> make_poco_ssl(const setting& s) {
  net::initializeSSL();
  return std::make_unique<tls_peer>(s);
}
std::unique_ptr<peer> make_poco_plain(const setting& /*s*/) {
  return std::make_unique<plain_peer>();
}

}  // namespace bench
