// SPDX-License-Identifier: Apache-2.0
#include "fixture.hpp"

namespace iostls {
namespace test {
namespace {

int wire_version(tls_version v) {
  switch (v) {
    case tls_version::tls1_0:
      return TLS1_VERSION;
    case tls_version::tls1_1:
      return TLS1_1_VERSION;
    case tls_version::tls1_2:
      return TLS1_2_VERSION;
    case tls_version::tls1_3:
      return TLS1_3_VERSION;
  }
  return 0;
}

template <class Options>
Options limited_to(Options options, tls_version only) {
  options.method = tls_method{only, only};
  return options;
}

peer_options limited_peer(peer_options options, tls_version only) {
  options.min_version = options.max_version = wire_version(only);
  return options;
}

}  // namespace

const authority& test_authority() {
  static const authority instance;
  return instance;
}

const issued& localhost() {
  static const issued instance = test_authority().leaf();
  return instance;
}

context_options server_options() {
  context_options options;
  options.certificate = pem_text(localhost().certificate);
  options.key = pem_text(localhost().key);
  return options;
}

context_options client_options() {
  context_options options;
  options.ca_certificates = pem_text(test_authority().certificate());
  options.server_name = "localhost";
  return options;
}

context_options server_options(tls_version only) { return limited_to(server_options(), only); }
context_options client_options(tls_version only) { return limited_to(client_options(), only); }

peer_options server_peer() {
  peer_options options;
  options.server = true;
  options.certificate = localhost().certificate;
  options.key = localhost().key;
  return options;
}

peer_options client_peer() {
  peer_options options;
  options.server = false;
  options.ca = test_authority().certificate();
  options.verify = SSL_VERIFY_PEER;
  options.server_name = "localhost";
  return options;
}

peer_options server_peer(tls_version only) { return limited_peer(server_peer(), only); }
peer_options client_peer(tls_version only) { return limited_peer(client_peer(), only); }

context_options stream_options(role r, tls_version only) {
  return r == role::server ? server_options(only) : client_options(only);
}

peer_options peer_of(role r, tls_version only) {
  return r == role::server ? client_peer(only) : server_peer(only);
}

std::string to_string(role r) { return r == role::server ? "server" : "client"; }

std::string to_string(tls_version v) {
  switch (v) {
    case tls_version::tls1_0:
      return "tls1_0";
    case tls_version::tls1_1:
      return "tls1_1";
    case tls_version::tls1_2:
      return "tls1_2";
    case tls_version::tls1_3:
      return "tls1_3";
  }
  return "unknown";
}

}  // namespace test
}  // namespace iostls
