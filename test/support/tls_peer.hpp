// SPDX-License-Identifier: Apache-2.0
// The other end of a connection, written on plain OpenSSL: what a test believes rather than iostls.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <openssl/ssl.h>

#include "descriptor.hpp"

namespace iostls {
namespace test {

struct peer_options {
  bool server = true;
  std::string certificate;  // PEM text: leaf, then chain
  std::string key;
  std::string ca;  // PEM text of the authorities that are trusted
  int verify = SSL_VERIFY_NONE;
  int min_version = TLS1_2_VERSION;
  int max_version = TLS1_3_VERSION;
  std::string server_name;             // what a client asks for
  std::vector<std::string> alpn;       // what a client offers, or a server accepts
  std::function<void(SSL_CTX*)> tune;  // whatever else
};

// May be given to several peers, which then can resume each other's sessions.
std::shared_ptr<SSL_CTX> make_peer_context(const peer_options& options);

enum class peer_end {
  none,          // still open
  close_notify,  // as it should be
  failed         // anything else; `error()` has the reason
};

// All operations block, for ten seconds at most, and none raises SIGPIPE. Not to be used by two
// threads at once.
class tls_peer {
 public:
  tls_peer(descriptor fd, const peer_options& options);
  tls_peer(descriptor fd, const peer_options& options, const std::shared_ptr<SSL_CTX>& context);

  // The handshake is also done by the first operation that needs it. False: see `error()`.
  bool handshake();

  // At most `size` bytes; none at an end.
  std::string read_some(std::size_t size = 16384);
  // Fewer at an end.
  std::string read_exactly(std::size_t size);
  std::string read_to_end() { return read_exactly(static_cast<std::size_t>(-1)); }
  // Without its '\n'; what there is if the end comes first.
  std::string read_line();

  // False if not all was written.
  bool write(const std::string& data);

  // Sends close_notify; the connection stays open.
  bool close_notify();
  // Sends bytes past TLS.
  bool send_raw(const std::string& bytes) { return write_raw(fd_.get(), bytes); }
  // Ends the output, not the input: a TCP FIN.
  void half_close();
  // As a crash would: a TCP reset.
  void reset();
  // Closes the descriptor, without close_notify.
  void close() { fd_.reset(); }

  // How the input ended so far.
  peer_end end() const noexcept { return end_; }
  // Reads and discards; true if the input ends with close_notify.
  bool sees_close_notify();
  // After close_notify: true if the transport ends too, without a reset.
  bool sees_fin();

  // The latest failure in OpenSSL's and the system's words.
  const std::string& error() const noexcept { return error_; }

  SSL* ssl() const noexcept { return ssl_.get(); }
  int fd() const noexcept { return fd_.get(); }

 private:
  bool succeeded(int result);

  descriptor fd_;
  std::shared_ptr<SSL_CTX> context_;
  std::unique_ptr<SSL, decltype(&SSL_free)> ssl_;
  peer_end end_ = peer_end::none;
  std::string error_;
};

}  // namespace test
}  // namespace iostls
