// SPDX-License-Identifier: Apache-2.0
// Servers that choose by the client's hello what they show it.
#pragma once

#include <string>

#include <gtest/gtest.h>
#include <iostls/iostls.hpp>

#include "fixture.hpp"
#include "two_ends.hpp"

namespace iostls {
namespace test {

inline bool contains(const std::string& text, const std::string& piece) {
  return text.find(piece) != std::string::npos;
}

inline issued certificate_for(const std::string& name, key_type key = key_type::p256) {
  leaf_options o;
  o.common_name = name;
  o.names = {"localhost"};
  o.key = key;
  return test_authority().leaf(o);
}

inline context_options options_with(const issued& own, tls_version version) {
  context_options o = server_options(version);
  o.certificate = pem_text(own.certificate);
  o.key = pem_text(own.key);
  return o;
}

inline server_credential credential_of(const issued& own) {
  credential_source source;
  source.certificate = pem_text(own.both());
  return server_credential(source);
}

class hello_choosing : public testing::TestWithParam<tls_version> {
 protected:
  hello_choosing()
      : server_(options_with(certificate_for("default"), GetParam())),
        client_(client_options(GetParam())) {}

  // Of a handshake with a server whose function this is.
  both_reports reports_of(const client_hello_function& function,
                          const connection_options& server_own = {}) {
    server_.on_client_hello = function;
    return complete_handshake(ssl_context::server(server_), ssl_context::client(client_),
                              server_own);
  }

  void give_client_a_certificate() {
    client_.certificate = pem_text(localhost().certificate);
    client_.key = pem_text(localhost().key);
  }

  context_options server_, client_;
};

inline std::string subject_of(const both_reports& reports) { return reports.client.peer.subject(); }

}  // namespace test
}  // namespace iostls
