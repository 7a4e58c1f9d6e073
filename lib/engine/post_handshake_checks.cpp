// SPDX-License-Identifier: Apache-2.0
#include "engine/post_handshake_checks.hpp"

#include "negotiation/alpn.hpp"
#include "negotiation/encrypted_client_hello.hpp"
#include "negotiation/psk.hpp"
#include "negotiation/required_server_name.hpp"

namespace iostls {
namespace detail {

std::string post_handshake_fault(SSL* ssl, bool is_first) {
  std::string fault = psk_fault(ssl);
  if (!fault.empty()) return fault;
  if (SSL_is_server(ssl) != 0) return server_name_fault(ssl);
  if (!is_first) return {};
  fault = ech_fault(ssl);
  return fault.empty() ? alpn_fault(ssl) : fault;
}

}  // namespace detail
}  // namespace iostls
