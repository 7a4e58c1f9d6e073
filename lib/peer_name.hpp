// SPDX-License-Identifier: Apache-2.0
// A second look at the name in a server's certificate.
#pragma once

#include <openssl/ssl.h>

namespace iostls {
namespace detail {

// After a client's handshake: X509_V_OK, or why the certificate that was accepted is not for the
// server that was asked for. OpenSSL has checked that already, unless memory was short when it copied
// the names to check: then it goes on without them.
long peer_name_fault(SSL* ssl) noexcept;

}  // namespace detail
}  // namespace iostls
