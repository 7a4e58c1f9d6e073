// SPDX-License-Identifier: Apache-2.0
// A connection that may begin in plaintext and go on under TLS.
#pragma once

#include <iostream>
#include <memory>
#include <string>

#include <iostls/iostls.hpp>

#include "../../doc/example/support/plain_stream.hpp"

namespace interop {

class channel {
 public:
  // Connects in plaintext.
  void open(const std::string& host, const std::string& port);
  // Goes on under TLS. What came in plaintext must have been read to its end.
  void secure(const iostls::ssl_context& context, iostls::connection_options options);
  // Ends TLS, and goes on in plaintext.
  void unwrap();
  // Connects under TLS.
  void connect(const std::string& host, const std::string& port, const iostls::ssl_context& context,
               const iostls::connection_options& options);

  // What is spoken at the moment.
  std::iostream& io();
  iostls::ssl_client_stream& tls() { return tls_; }
  // Ends a connection in plaintext.
  void abandon() { plain_.reset(); }
  bool is_plain() const { return plain_ != nullptr; }

 private:
  std::string host_;
  std::unique_ptr<example::plain_stream> plain_;
  iostls::ssl_client_stream tls_;
};

}  // namespace interop
