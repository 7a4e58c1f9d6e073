// SPDX-License-Identifier: Apache-2.0
#include "engine/post_handshake_checks.hpp"

#include "negotiation/alpn.hpp"
#include "negotiation/psk.hpp"
#include "negotiation/required_server_name.hpp"

namespace iostls {
namespace detail {

std::string post_handshake_fault(SSL* ssl) {
  std::string fault = psk_fault(ssl);
  if (!fault.empty()) return fault;
  return SSL_is_server(ssl) != 0 ? server_name_fault(ssl) : alpn_fault(ssl);
}

}  // namespace detail
}  // namespace iostls
