// SPDX-License-Identifier: Apache-2.0
// A certificate with its chain and key, ready to be put into a connection.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <openssl/ssl.h>

#include "credentials/certificate_compression.hpp"
#include "credentials/credentials.hpp"
#include "credentials/ocsp_staple.hpp"
#include "openssl/openssl_ptr.hpp"

namespace iostls {
namespace detail {

class ready_credential {
 public:
  explicit ready_credential(loaded_credential source);

  X509* leaf() const noexcept { return leaf_.get(); }
  int key_type() const noexcept { return EVP_PKEY_get_base_id(X509_get0_pubkey(leaf())); }
  bool install(SSL* ssl) const noexcept;
  // Whether the client has said that it understands the certificate and its key.
  bool suits(SSL* ssl) const noexcept;
  // On a client: the same of the server, which has also named an issuer of the certificate, or none at all.
  bool suits_request(SSL* ssl) const noexcept;

  std::optional<ocsp_staple> staple;
  std::vector<compressed_certificate> compressed;  // what `install` installs as well

 private:
  x509_ptr leaf_;
  x509_stack_ptr chain_;  // without the leaf
  pkey_ptr key_;
};

// Throws ssl_error (bad_credentials) if OpenSSL does not accept it in a connection of the context: what it has
// against a certificate, or a key that is too weak, is reported now, not to a client. `name` is the source's.
void check_usable(SSL_CTX* ctx, const ready_credential& credential, const std::string& option,
                  const std::string& name);

// In the place of all that the connection has. OpenSSL takes that one of several types of key which the client
// supports; of each type, the first counts. False if memory is short.
bool install_one_of_each_type(SSL* ssl, const std::vector<const ready_credential*>& chosen);

}  // namespace detail
}  // namespace iostls
