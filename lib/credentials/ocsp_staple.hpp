// SPDX-License-Identifier: Apache-2.0
// OCSP responses that a server staples to its handshakes.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <openssl/ssl.h>

#include <iostls/ocsp.hpp>

#include "base/utc_time.hpp"
#include "openssl/openssl_ptr.hpp"

namespace iostls {
namespace detail {

struct ocsp_staple {
  x509_ptr leaf;
  std::string response;  // DER
  utc_seconds from = 0;
  utc_seconds until = 0;
};

// Reads the response of `source` about the certificate chain.front(); none if `source` is empty. The issuer is
// looked for in the chain, and among those that the context trusts. Throws ssl_error (bad_credentials)
// that names `option` and the path if the response is not about the certificate, or not signed by its
// issuer.
std::optional<ocsp_staple> load_staple(SSL_CTX* ctx, const std::string& option,
                                       const ocsp_source& source,
                                       const std::vector<x509_ptr>& chain);

// Makes a fresh server's context staple responses where a client asks about a certificate that has one.
void apply_staples(SSL_CTX* ctx);

// Has the response of `source` stapled by such a context, whose trust is set up, whenever the certificate
// chain.front() is served and asked about, and while the response is valid; see `load_staple`.
void add_staple(SSL_CTX* ctx, const std::string& option, const ocsp_source& source,
                const std::vector<x509_ptr>& chain);

}  // namespace detail
}  // namespace iostls
