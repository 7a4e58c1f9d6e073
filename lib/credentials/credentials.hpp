// SPDX-License-Identifier: Apache-2.0
// Our own credentials: certificate, chain and private key.
#pragma once

#include <string>
#include <vector>

#include <openssl/ssl.h>

#include <iostls/options.hpp>

#include "openssl/openssl_ptr.hpp"

namespace iostls {
namespace detail {

// The content of a credential_source.
struct loaded_credential {
  std::vector<x509_ptr> chain;  // the leaf first
  pkey_ptr key;
  std::string name;  // of the source, for errors
};

// Reads a credential. `prefix` goes before the names of its members in errors. Throws ssl_error
// (bad_credentials) that names the option and the path, or whatever a password function throws.
loaded_credential load_credential(const std::string& prefix, const credential_source& source);

// Loads `certificate`, `key` and `certificate_password` into a context. Throws ssl_error
// (bad_credentials) that names the option and the path, or whatever a password function throws.
void apply_credentials(SSL_CTX* ctx, bool is_server, const context_options& options);

// Has the certificate of a server's context compressed where `certificate_compression` asks for that. It must
// not be replaced afterwards: OpenSSL would still send the compressed one.
void compress_credential(SSL_CTX* ctx, bool is_server, const context_options& options) noexcept;

}  // namespace detail
}  // namespace iostls
