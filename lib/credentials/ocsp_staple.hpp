// SPDX-License-Identifier: Apache-2.0
// OCSP responses that a server staples to its handshakes.
#pragma once

#include <string>
#include <vector>

#include <openssl/ssl.h>

#include <iostls/ocsp.hpp>

#include "openssl/openssl_ptr.hpp"

namespace iostls {
namespace detail {

// Makes a server's context, whose trust is set up, staple the response of `source` to handshakes
// with the certificate chain.front() whose client asks for one, while the response is valid. Does
// nothing if `source` is empty. Throws ssl_error (bad_credentials) that names `option` and the path
// if the response is not about the certificate, or not signed by its issuer.
void add_staple(SSL_CTX* ctx, const std::string& option, const ocsp_source& source,
                const std::vector<x509_ptr>& chain);

}  // namespace detail
}  // namespace iostls
