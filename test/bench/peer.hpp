// SPDX-License-Identifier: Apache-2.0
// What is measured: libraries, each used as its documentation or an expert would.
#pragma once

#include <cstddef>
#include <iosfwd>
#include <memory>
#include <string>
#include <vector>

#include <iostls/tcp.hpp>

namespace bench {

// One end of a connection. Failures are exceptions.
class end {
 public:
  virtual ~end() = default;

  // A plain connection has none.
  virtual void handshake() = 0;
  virtual void write(const char* data, std::size_t size) = 0;
  virtual void flush() = 0;
  // Waits for all of it; less only at the end of the input.
  virtual std::size_t read(char* data, std::size_t size) = 0;
  // Sends a line at once.
  virtual void send_line(const std::string& line) = 0;
  virtual void read_line(std::string& line) = 0;
  // Sends what is left and ends the output, in order; reading goes on.
  virtual void finish() = 0;
  // False if the library ends both ways at once.
  virtual bool reads_after_finish() const { return true; }

  // Whether the handshake was a resumed one, where that can be asked for.
  virtual bool resumed() { return false; }

  // Null where the library has no iostream.
  virtual std::ostream* out() { return nullptr; }
  virtual std::istream* in() { return nullptr; }
};

// A library: its contexts, made once, and what makes connections of them.
class peer {
 public:
  virtual ~peer() = default;

  // On any port of 127.0.0.1, which it returns.
  virtual unsigned short listen() = 0;
  virtual std::unique_ptr<end> accept() = 0;
  virtual std::unique_ptr<end> connect(unsigned short port) = 0;
  // The next connection resumes the session of this one, which has read something.
  virtual void resume(end& /*finished*/) {}
};

// One that can be given a connected socket, which blocks and has TCP_NODELAY.
class descriptor_peer : public peer {
 public:
  unsigned short listen() override {
    listener_ = std::make_unique<iostls::tcp_listener>("127.0.0.1");
    return listener_->port();
  }
  std::unique_ptr<end> accept() override { return server_end(listener_->accept()); }
  std::unique_ptr<end> connect(unsigned short port) override {
    return client_end(iostls::connect_tcp("127.0.0.1", std::to_string(port)));
  }

  virtual std::unique_ptr<end> server_end(int fd) = 0;
  virtual std::unique_ptr<end> client_end(int fd) = 0;

 private:
  std::unique_ptr<iostls::tcp_listener> listener_;
};

// Files for the credential that all servers have, and for the authorities that all clients trust, host name
// included where the library can check it; and the cipher suite that all use.
struct setting {
  std::string certificate;
  std::string key;
  std::string authorities;  // empty: those of the system
  std::string suite;
};

std::unique_ptr<peer> make_openssl_loop(const setting& s);
std::unique_ptr<peer> make_openssl_fair(const setting& s);
std::unique_ptr<peer> make_openssl_tuned(const setting& s);
std::unique_ptr<peer> make_iostls(const setting& s);
std::unique_ptr<peer> make_asio_ssl(const setting& s);
std::unique_ptr<peer> make_poco_ssl(const setting& s);
std::unique_ptr<peer> make_cxxtools_ssl(const setting& s);
std::unique_ptr<peer> make_asio_plain(const setting& s);
std::unique_ptr<peer> make_poco_plain(const setting& s);
std::unique_ptr<peer> make_stdio_filebuf(const setting& s);

// By the name that follows "make_". Throws if it is unknown or was not built.
std::unique_ptr<peer> make_peer(const std::string& name, const setting& s);
std::vector<std::string> peer_names();

}  // namespace bench
