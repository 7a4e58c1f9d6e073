// SPDX-License-Identifier: Apache-2.0
#include "credentials/ready_credential.hpp"

#include <cerrno>
#include <set>
#include <utility>

#include <openssl/x509.h>

#include <iostls/ssl_error.hpp>

#include "openssl/error.hpp"

namespace iostls {
namespace detail {
namespace {

// In TLS 1.2, a chain is valid if the peer can verify it, whether or not it knows signatures of the key.
constexpr int usable = CERT_PKEY_VALID | CERT_PKEY_SIGN;

}  // namespace

ready_credential::ready_credential(loaded_credential source)
    : leaf_(std::move(source.chain.front())),
      chain_(sk_X509_new_null()),
      key_(std::move(source.key)) {
  bool pushed = chain_ != nullptr;
  for (auto next = source.chain.begin() + 1; pushed && next != source.chain.end(); ++next) {
    pushed = sk_X509_push(chain_.get(), next->get()) > 0;
    if (pushed) static_cast<void>(next->release());
  }
  if (!pushed) throw make_error(system_code(ENOMEM), "context");
}

bool ready_credential::install(SSL* ssl) const noexcept {
  return SSL_use_cert_and_key(ssl, leaf_.get(), key_.get(), chain_.get(), 1) == 1 &&
         use_compressed(ssl, compressed);
}

bool ready_credential::suits(SSL* ssl) const noexcept {
  return (SSL_check_chain(ssl, leaf_.get(), key_.get(), chain_.get()) & usable) == usable;
}

bool ready_credential::suits_request(SSL* ssl) const noexcept {
  constexpr int wanted = usable | CERT_PKEY_ISSUER_NAME;
  return (SSL_check_chain(ssl, leaf_.get(), key_.get(), chain_.get()) & wanted) == wanted;
}

void check_usable(SSL_CTX* ctx, const ready_credential& credential, const std::string& option,
                  const std::string& name) {
  const ssl_ptr trial(SSL_new(ctx));
  if (trial == nullptr || !credential.install(trial.get())) {
    throw_option_error(ssl_errc::bad_credentials, option,
                       name + ": OpenSSL does not accept the certificate, its chain or its key");
  }
}

bool install_one_of_each_type(SSL* ssl, const std::vector<const ready_credential*>& chosen) {
  SSL_certs_clear(ssl);
  std::set<int> types;
  for (const ready_credential* c : chosen) {
    if (types.insert(c->key_type()).second && !c->install(ssl)) return false;
  }
  return true;
}

}  // namespace detail
}  // namespace iostls
