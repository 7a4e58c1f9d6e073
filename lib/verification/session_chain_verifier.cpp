// SPDX-License-Identifier: Apache-2.0
#include "verification/session_chain_verifier.hpp"

#include <openssl/x509_vfy.h>

#include "openssl/error_queue.hpp"
#include "verification/certificate_verifier.hpp"
#include "verification/dane.hpp"

namespace iostls {
namespace detail {
namespace {

using store_ctx_ptr = openssl_ptr<X509_STORE_CTX, X509_STORE_CTX_free>;
using stack_ptr = std::unique_ptr<STACK_OF(X509), free_stack>;

// A stack that does not own its certificates; null if there is not enough memory.
stack_ptr borrowed(const std::vector<x509_ptr>& certificates) {
  stack_ptr stack(sk_X509_new_null());
  for (const x509_ptr& each : certificates) {
    if (stack == nullptr || sk_X509_push(stack.get(), each.get()) == 0) return nullptr;
  }
  return stack;
}

// The demands of ciphers such as SUITEB128 on certificates.
unsigned long suite_b_flags(SSL* ssl) {
  return static_cast<unsigned long>(SSL_set_cert_flags(ssl, 0)) & X509_V_FLAG_SUITEB_128_LOS;
}

// Sets up the verification as OpenSSL does in a handshake.
bool prepare(X509_STORE_CTX* context, SSL* ssl, X509* leaf, STACK_OF(X509) * chain) {
  if (X509_STORE_CTX_init(context, verify_store(ssl), leaf, chain) != 1 ||
      X509_STORE_CTX_set_ex_data(context, SSL_get_ex_data_X509_STORE_CTX_idx(), ssl) != 1 ||
      X509_STORE_CTX_set_default(context, SSL_is_server(ssl) == 1 ? "ssl_client" : "ssl_server") !=
          1) {
    return false;
  }
  X509_VERIFY_PARAM* const param = X509_STORE_CTX_get0_param(context);
  X509_VERIFY_PARAM_set_auth_level(param, SSL_get_security_level(ssl));
  X509_STORE_CTX_set_flags(context, suite_b_flags(ssl));
  if (SSL_get_verify_callback(ssl) != nullptr) {
    X509_STORE_CTX_set_verify_cb(context, SSL_get_verify_callback(ssl));
  }
  use_tlsa_records(ssl, context);
  return X509_VERIFY_PARAM_set1(param, SSL_get0_param(ssl)) == 1;
}

}  // namespace

X509_STORE* verify_store(SSL* ssl) {
  X509_STORE* store = nullptr;
  SSL_get0_verify_cert_store(ssl, &store);
  return store != nullptr ? store : SSL_CTX_get_cert_store(SSL_get_SSL_CTX(ssl));
}

verdict verify_again(SSL* ssl, X509* leaf, const std::vector<x509_ptr>& chain) {
  const store_ctx_ptr context(X509_STORE_CTX_new());
  const stack_ptr untrusted = borrowed(chain);
  verdict result{false, X509_V_ERR_OUT_OF_MEM};
  if (context != nullptr && untrusted != nullptr &&
      prepare(context.get(), ssl, leaf, untrusted.get())) {
    const bool accepted = verify_peer(context.get());
    result.code = X509_STORE_CTX_get_error(context.get());
    if (!accepted && result.code == X509_V_OK) result.code = X509_V_ERR_UNSPECIFIED;
    result.goes_on = accepted || SSL_get_verify_mode(ssl) == SSL_VERIFY_NONE;
  }
  if (!result.goes_on) forget_peer(ssl);
  clear_error_queue();
  return result;
}

}  // namespace detail
}  // namespace iostls
