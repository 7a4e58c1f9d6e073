// SPDX-License-Identifier: Apache-2.0
#include "agreement.hpp"

#include "alpn.hpp"

namespace iostls {
namespace detail {

std::string agreement_fault(SSL* ssl) {
  if (SSL_is_server(ssl) != 0) return {};
  return alpn_fault(ssl);
}

}  // namespace detail
}  // namespace iostls
