// SPDX-License-Identifier: Apache-2.0
#include <memory>
#include <string>

#include <openssl/ssl.h>
#include <iostls/iostls.hpp>
#include <iostls/native.hpp>

#include "stream_end.hpp"

namespace bench {
namespace {

template <class Stream>
class iostls_end : public stream_end {
 public:
  iostls_end(int fd, const iostls::ssl_context& context, const iostls::connection_options& options)
      : stream_(fd, context, options) {}

  void handshake() override { stream_.do_handshake(); }
  void finish() override { stream_.shutdown_write(); }
  bool resumed() override {
    return SSL_session_reused(iostls::native_handle(*stream_.rdbuf())) == 1;
  }
  std::ostream* out() override { return &stream_; }
  std::istream* in() override { return &stream_; }
  iostls::ssl_session session() { return stream_.session(); }

 private:
  Stream stream_;
};

using client = iostls_end<iostls::ssl_client_stream>;

iostls::context_options options_of(const setting& s, bool server) {
  iostls::context_options o;
  o.ciphersuites = s.suite;
  if (server) {
    o.certificate = s.certificate;
    o.key = s.key;
  } else {
    if (!s.authorities.empty()) o.ca_file = s.authorities;
    o.server_name = "localhost";
  }
  return o;
}

class iostls_peer : public descriptor_peer {
 public:
  explicit iostls_peer(const setting& s)
      : server_(iostls::ssl_context::server(options_of(s, true))),
        client_(iostls::ssl_context::client(options_of(s, false))) {}

  std::unique_ptr<end> server_end(int fd) override {
    return std::make_unique<iostls_end<iostls::ssl_server_stream>>(fd, server_,
                                                                   iostls::connection_options());
  }
  std::unique_ptr<end> client_end(int fd) override {
    return std::make_unique<client>(fd, client_, next_);
  }
  void resume(end& finished) override { next_.session = static_cast<client&>(finished).session(); }

 private:
  iostls::ssl_context server_;
  iostls::ssl_context client_;
  iostls::connection_options next_;
};

}  // namespace

std::unique_ptr<peer> make_iostls(const setting& s) { return std::make_unique<iostls_peer>(s); }

}  // namespace bench
