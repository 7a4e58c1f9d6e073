// SPDX-License-Identifier: Apache-2.0
#include "credentials/certificate_selection.hpp"

#include <algorithm>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "credentials/host_match.hpp"
#include "credentials/ocsp_staple.hpp"
#include "credentials/x509_sharing.hpp"
#include "openssl/callback_exception.hpp"
#include "openssl/ctx_ex_data.hpp"
#include "openssl/error.hpp"
#include "openssl/openssl_ptr.hpp"

namespace iostls {
namespace detail {
namespace {

// A credential in the form in which it is put into a connection.
struct named_credential {
  x509_ptr leaf;
  x509_stack_ptr chain;  // without the leaf
  pkey_ptr key;

  int key_type() const noexcept { return EVP_PKEY_get_base_id(X509_get0_pubkey(leaf.get())); }
};

// The first is the default.
struct named_credentials {
  std::vector<named_credential> all;
  std::vector<const named_credential*> fallback;  // the default, also with other types of keys
};

using choice = std::vector<const named_credential*>;

named_credential prepared(loaded_credential&& source) {
  named_credential result;
  result.key = std::move(source.key);
  result.leaf = std::move(source.chain.front());
  result.chain.reset(sk_X509_new_null());
  bool pushed = result.chain != nullptr;
  for (auto next = source.chain.begin() + 1; pushed && next != source.chain.end(); ++next) {
    pushed = sk_X509_push(result.chain.get(), next->get()) > 0;
    if (pushed) static_cast<void>(next->release());
  }
  if (!pushed) throw make_error(system_code(ENOMEM), "context");
  return result;
}

std::set<std::string> names_of(X509* leaf) {
  std::set<std::string> names;
  for (const std::string& name : shared_certificate(leaf).subject_alt_names())
    names.insert(host_name(name).text);
  return names;
}

choice default_choice(const std::vector<named_credential>& all) {
  choice result = {&all.front()};
  const std::set<std::string> wanted = names_of(all.front().leaf.get());
  for (const named_credential& c : all) {
    const std::set<std::string> names = names_of(c.leaf.get());
    if (&c != &all.front() && !wanted.empty() &&
        std::includes(names.begin(), names.end(), wanted.begin(), wanted.end())) {
      result.push_back(&c);
    }
  }
  return result;
}

int install(SSL* ssl, const named_credential& c) {
  return SSL_use_cert_and_key(ssl, c.leaf.get(), c.key.get(), c.chain.get(), 1);
}

choice matching(const named_credentials& from, const host_name& name, wildcards w) {
  choice result;
  for (const named_credential& c : from.all) {
    if (host_matches(c.leaf.get(), name, w)) result.push_back(&c);
  }
  return result;
}

// Whether the client supports the certificate and its key, as far as it has announced.
bool suits(SSL* ssl, const named_credential& c) {
  return (SSL_check_chain(ssl, c.leaf.get(), c.key.get(), c.chain.get()) & CERT_PKEY_VALID) != 0;
}

bool any_suits(SSL* ssl, const choice& candidates) {
  return std::any_of(candidates.begin(), candidates.end(),
                     [ssl](const named_credential* c) { return suits(ssl, *c); });
}

choice choose(SSL* ssl, const named_credentials& from) {
  const char* const asked = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
  if (asked == nullptr) return from.fallback;
  const host_name name(asked);
  if (name.text.empty()) return from.fallback;
  choice exact = matching(from, name, wildcards::do_not_count);
  if (any_suits(ssl, exact)) return exact;
  choice all = matching(from, name, wildcards::count);
  if (exact.empty() || any_suits(ssl, all)) return all.empty() ? from.fallback : all;
  return exact;
}

// If there are several types of keys, OpenSSL takes the one that the client supports.
bool install_one_of_each_type(SSL* ssl, const choice& chosen) {
  SSL_certs_clear(ssl);
  std::set<int> types;
  for (const named_credential* c : chosen) {
    if (types.insert(c->key_type()).second && install(ssl, *c) != 1) return false;
  }
  return true;
}

extern "C" int choose_certificate(SSL* ssl, void*) noexcept {
  const named_credentials* const all = ctx_ex_data<named_credentials>::get(ssl);
  if (all == nullptr) return 0;
  try {
    ERR_set_mark();
    const choice chosen = choose(ssl, *all);
    ERR_pop_to_mark();  // a mismatch is not an error
    return install_one_of_each_type(ssl, chosen) ? 1 : 0;
  } catch (...) {
    keep_callback_exception(ssl);
    return 0;
  }
}

// If OpenSSL rejects a certificate, or a key is too weak, that is reported now, not when a client
// connects.
void check_usable(SSL_CTX* ctx, const named_credential& c, const std::string& option,
                  const std::string& name) {
  const ssl_ptr trial(SSL_new(ctx));
  if (trial == nullptr || install(trial.get(), c) != 1) {
    throw_option_error(ssl_errc::bad_credentials, option,
                       name + ": OpenSSL does not accept the certificate, its chain or its key");
  }
}

}  // namespace

void apply_certificate_selection(SSL_CTX* ctx, loaded_credential first,
                                 const std::vector<credential_source>& more) {
  if (more.empty()) return;
  auto loaded = std::make_unique<named_credentials>();
  loaded->all.push_back(prepared(std::move(first)));
  for (std::size_t i = 0; i != more.size(); ++i) {
    const std::string prefix = "more_credentials[" + std::to_string(i) + "].";
    if (more[i].certificate.empty()) {
      throw_option_error(ssl_errc::bad_credentials, prefix + "certificate", "there is none");
    }
    loaded_credential next = load_credential(prefix, more[i]);
    add_staple(ctx, prefix + "ocsp_response", more[i].ocsp_response, next.chain);
    const std::string name = next.name;
    loaded->all.push_back(prepared(std::move(next)));
    check_usable(ctx, loaded->all.back(), prefix + "certificate", name);
  }
  loaded->fallback = default_choice(loaded->all);
  ctx_ex_data<named_credentials>::put(ctx, std::move(loaded));
  SSL_CTX_set_cert_cb(ctx, choose_certificate, nullptr);
}

}  // namespace detail
}  // namespace iostls
