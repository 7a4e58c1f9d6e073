// SPDX-License-Identifier: Apache-2.0
#include "agreement.hpp"

#include "alpn.hpp"
#include "psk.hpp"
#include "server_scope.hpp"

namespace iostls {
namespace detail {

std::string agreement_fault(SSL* ssl) {
  std::string fault = psk_fault(ssl);
  if (!fault.empty()) return fault;
  return SSL_is_server(ssl) != 0 ? asked_name_fault(ssl) : alpn_fault(ssl);
}

}  // namespace detail
}  // namespace iostls
