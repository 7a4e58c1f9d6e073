// SPDX-License-Identifier: Apache-2.0
#include "credentials/ready_credential.hpp"

#include <array>
#include <cerrno>
#include <set>
#include <utility>

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <iostls/client_hello.hpp>

#include "openssl/callback_exception.hpp"
#include "openssl/error.hpp"
#include "openssl/error_queue.hpp"
#include "openssl/ssl_ex_data.hpp"

namespace iostls {
namespace detail {
namespace {

struct chosen_credentials {
  credential_list all;
};

using chosen_slot = ssl_ex_data<chosen_credentials>;

extern "C" int install_chosen(SSL* ssl, void*) noexcept {
  const chosen_credentials* const chosen = chosen_slot::get(ssl);
  if (chosen == nullptr) return 0;
  try {
    std::vector<const ready_credential*> all;
    for (const auto& each : chosen->all) all.push_back(each.get());
    return install_one_of_each_type(ssl, all) ? 1 : 0;
  } catch (...) {
    keep_callback_exception(ssl);
    return 0;
  }
}

// As a server's context, for what has none.
ssl_ctx_ptr scratch_context() {
  clear_error_queue();
  ssl_ctx_ptr ctx(SSL_CTX_new(TLS_server_method()));
  if (ctx == nullptr) throw make_error(ssl_errc::bad_configuration, "context", "out of memory");
  clear_error_queue();
  SSL_CTX_set_security_level(ctx.get(), 2);
  return ctx;
}

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
  return (SSL_check_chain(ssl, leaf_.get(), key_.get(), chain_.get()) & CERT_PKEY_VALID) != 0;
}

bool ready_credential::suits_request(SSL* ssl) const noexcept {
  constexpr int wanted = CERT_PKEY_VALID | CERT_PKEY_ISSUER_NAME;
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

void choose_credentials(SSL* ssl, credential_list chosen) {
  auto kept = std::make_unique<chosen_credentials>();
  kept->all = std::move(chosen);
  chosen_slot::put(ssl, std::move(kept));
  SSL_set_cert_cb(ssl, install_chosen, nullptr);
}

const ocsp_staple* chosen_staple(const SSL* ssl, const X509* leaf) noexcept {
  const chosen_credentials* const chosen = chosen_slot::get(ssl);
  if (chosen == nullptr) return nullptr;
  for (const auto& each : chosen->all) {
    if (each->staple && X509_cmp(each->leaf(), leaf) == 0) return &*each->staple;
  }
  return nullptr;
}

std::string chosen_credentials_digest(const SSL* ssl) {
  const chosen_credentials* const chosen = chosen_slot::get(ssl);
  std::string digests;
  if (chosen == nullptr) return digests;
  for (const auto& each : chosen->all) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int size = 0;
    if (X509_digest(each->leaf(), EVP_sha256(), digest.data(), &size) != 1) {
      throw make_error(system_code(ENOMEM), "handshake");
    }
    digests.append(digest.begin(), digest.begin() + size);
  }
  return digests;
}

}  // namespace detail

server_credential::server_credential(const credential_source& source) {
  if (source.certificate.empty()) {
    detail::throw_option_error(ssl_errc::bad_credentials, "certificate", "there is none");
  }
  const detail::ssl_ctx_ptr ctx = detail::scratch_context();
  detail::loaded_credential loaded = detail::load_credential("", source);
  auto staple = detail::load_staple(ctx.get(), "ocsp_response", source.ocsp_response, loaded.chain);
  const std::string name = loaded.name;
  auto made = std::make_shared<detail::ready_credential>(std::move(loaded));
  made->staple = std::move(staple);
  detail::check_usable(ctx.get(), *made, "certificate", name);
  ready_ = std::move(made);
}

}  // namespace iostls
