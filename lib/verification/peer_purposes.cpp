// SPDX-License-Identifier: Apache-2.0
#include "verification/peer_purposes.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <openssl/x509v3.h>

#include "openssl/ctx_ex_data.hpp"
#include "openssl/error.hpp"
#include "openssl/error_queue.hpp"
#include "openssl/openssl_ptr.hpp"
#include "verification/dane.hpp"

namespace iostls {
namespace detail {
namespace {

using store_ctx_ptr = openssl_ptr<X509_STORE_CTX, X509_STORE_CTX_free>;

// `trust` is the purpose for which an authority must not have been rejected; see the options
// -addtrust and -addreject of openssl-x509(1).
struct usage {
  const char* name;
  int purpose;
  int trust;
};

// The trust of `any` is that of the role.
constexpr std::array<usage, 3> usages{
    {{"serverAuth", X509_PURPOSE_SSL_SERVER, X509_TRUST_SSL_SERVER},
     {"clientAuth", X509_PURPOSE_SSL_CLIENT, X509_TRUST_SSL_CLIENT},
     {"any", X509_PURPOSE_ANY, 0}}};

using usage_list = std::vector<const usage*>;

const usage& usage_named(const std::string& name) {
  for (const usage& each : usages) {
    if (each.name == name) return each;
  }
  throw_option_error(ssl_errc::bad_configuration, "peer_purposes",
                     '"' + name + "\" is none of serverAuth, clientAuth, any");
}

bool set(X509_STORE_CTX* context, const usage& as) noexcept {
  X509_VERIFY_PARAM* const param = X509_STORE_CTX_get0_param(context);
  return X509_VERIFY_PARAM_set_purpose(param, as.purpose) == 1 &&
         (as.trust == 0 || X509_VERIFY_PARAM_set_trust(param, as.trust) == 1);
}

bool may_be(X509_STORE_CTX* context, const usage& as) noexcept {
  return X509_check_purpose(X509_STORE_CTX_get0_cert(context), as.purpose, 0) == 1;
}

// A trial verification. Its only effect on the connection is what TLSA record matches, which the next
// verification finds anew.
bool verifies(SSL* ssl, X509_STORE_CTX* like, const usage& as) noexcept {
  const store_ctx_ptr trial(X509_STORE_CTX_new());
  bool passes =
      trial != nullptr &&
      X509_STORE_CTX_init(trial.get(), X509_STORE_CTX_get0_store(like),
                          X509_STORE_CTX_get0_cert(like), X509_STORE_CTX_get0_untrusted(like)) == 1;
  if (passes) use_tlsa_records(ssl, trial.get());
  passes = passes &&
           X509_VERIFY_PARAM_set1(X509_STORE_CTX_get0_param(trial.get()),
                                  X509_STORE_CTX_get0_param(like)) == 1 &&
           set(trial.get(), as) && X509_verify_cert(trial.get()) == 1;
  clear_error_queue();
  return passes;
}

}  // namespace

void apply_peer_purposes(SSL_CTX* ctx, const context_options& options) {
  if (options.peer_purposes.empty()) return;
  auto list = std::make_unique<usage_list>();
  for (const std::string& name : options.peer_purposes) list->push_back(&usage_named(name));
  // The least strict of the purposes applies.
  const auto any = std::find(list->begin(), list->end(), &usages.back());
  if (any != list->end()) std::iter_swap(list->begin(), any);
  ctx_ex_data<usage_list>::put(ctx, std::move(list));
}

bool has_peer_purposes(const SSL* ssl) noexcept {
  return ctx_ex_data<usage_list>::get(ssl) != nullptr;
}

// OpenSSL verifies for one purpose at a time. An authority, too, may be restricted to one.
bool set_purpose(SSL* ssl, X509_STORE_CTX* context) noexcept {
  const usage_list* const list = ctx_ex_data<usage_list>::get(ssl);
  if (list == nullptr) return true;
  const usage* last = list->front();
  bool has_one = false;
  for (const usage* each : *list) {
    if (!may_be(context, *each)) continue;
    if (has_one && verifies(ssl, context, *last)) break;
    last = each;
    has_one = true;
  }
  return set(context, *last);
}

}  // namespace detail
}  // namespace iostls
