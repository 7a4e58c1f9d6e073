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
#include "credentials/name_index.hpp"
#include "credentials/ocsp_staple.hpp"
#include "credentials/ready_credential.hpp"
#include "credentials/x509_sharing.hpp"
#include "openssl/callback_exception.hpp"
#include "openssl/ctx_ex_data.hpp"
#include "openssl/error.hpp"
#include "openssl/openssl_ptr.hpp"

namespace iostls {
namespace detail {
namespace {

// The first is the default.
struct named_credentials {
  std::vector<ready_credential> all;
  name_index names;                               // of all
  std::vector<const ready_credential*> fallback;  // the default, also with other types of keys
};

using choice = std::vector<const ready_credential*>;

std::set<std::string> names_of(X509* leaf) {
  std::set<std::string> names;
  for (const std::string& name : shared_certificate(leaf).subject_alt_names())
    names.insert(host_name(name).text);
  return names;
}

name_index index_names(const std::vector<ready_credential>& all) {
  std::vector<X509*> leaves;
  leaves.reserve(all.size());
  for (const ready_credential& c : all) leaves.push_back(c.leaf());
  return name_index(leaves);
}

choice default_choice(const std::vector<ready_credential>& all) {
  choice result = {&all.front()};
  const std::set<std::string> wanted = names_of(all.front().leaf());
  for (const ready_credential& c : all) {
    const std::set<std::string> names = names_of(c.leaf());
    if (&c != &all.front() && !wanted.empty() &&
        std::includes(names.begin(), names.end(), wanted.begin(), wanted.end())) {
      result.push_back(&c);
    }
  }
  return result;
}

choice matching(const choice& candidates, const host_name& name, wildcards w) {
  choice result;
  for (const ready_credential* const c : candidates) {
    if (host_matches(c->leaf(), name, w)) result.push_back(c);
  }
  return result;
}

bool any_suits(SSL* ssl, const choice& candidates) {
  return std::any_of(candidates.begin(), candidates.end(),
                     [ssl](const ready_credential* c) { return c->suits(ssl); });
}

choice choose(SSL* ssl, const named_credentials& from) {
  const char* const asked = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
  if (asked == nullptr) return from.fallback;
  const host_name name(asked);
  if (name.text.empty()) return from.fallback;
  const std::vector<std::size_t> places = from.names.candidates(name);
  choice candidates;
  candidates.reserve(places.size());
  for (const std::size_t place : places) candidates.push_back(&from.all[place]);
  choice exact = matching(candidates, name, wildcards::do_not_count);
  const bool has_others = exact.size() != candidates.size();
  // Whether one suits takes long to find out, and matters only where there are others.
  if (!exact.empty() && (!has_others || any_suits(ssl, exact))) return exact;
  choice all = matching(candidates, name, wildcards::count);
  if (exact.empty() || any_suits(ssl, all)) return all.empty() ? from.fallback : all;
  return exact;
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

// Called for each request of the server. If it asks for none of them, it gets what all other servers get.
extern "C" int choose_client_certificate(SSL* ssl, void*) noexcept {
  const named_credentials* const from = ctx_ex_data<named_credentials>::get(ssl);
  if (from == nullptr) return 0;
  ERR_set_mark();
  const auto found =
      std::find_if(from->all.begin(), from->all.end(),
                   [ssl](const ready_credential& c) { return c.suits_request(ssl); });
  ERR_pop_to_mark();
  SSL_certs_clear(ssl);
  return (found != from->all.end() ? *found : from->all.front()).install(ssl) ? 1 : 0;
}

// A server's, unless a response is stapled to it: see certificate_compression.hpp.
void compress(SSL_CTX* ctx, ready_credential& credential) {
  const ssl_ptr trial(SSL_new(ctx));
  if (trial == nullptr || SSL_is_server(trial.get()) == 0 || !credential.install(trial.get()))
    return;
  credential.compressed = compressed_certificates(trial.get());
}

}  // namespace

void apply_certificate_selection(SSL_CTX* ctx, bool is_server, loaded_credential first,
                                 bool has_staple, const std::vector<credential_source>& more) {
  auto loaded = std::make_unique<named_credentials>();
  loaded->all.emplace_back(std::move(first));
  if (!has_staple) compress(ctx, loaded->all.back());
  for (std::size_t i = 0; i != more.size(); ++i) {
    const std::string prefix = "more_credentials[" + std::to_string(i) + "].";
    if (more[i].certificate.empty()) {
      throw_option_error(ssl_errc::bad_credentials, prefix + "certificate", "there is none");
    }
    if (!is_server && !more[i].ocsp_response.empty()) {
      throw_option_error(ssl_errc::bad_configuration, prefix + "ocsp_response",
                         "only a server staples one; what a client asks for is its ocsp");
    }
    loaded_credential next = load_credential(prefix, more[i]);
    add_staple(ctx, prefix + "ocsp_response", more[i].ocsp_response, next.chain);
    const std::string name = next.name;
    loaded->all.emplace_back(std::move(next));
    check_usable(ctx, loaded->all.back(), prefix + "certificate", name);
    if (more[i].ocsp_response.empty()) compress(ctx, loaded->all.back());
  }
  loaded->names = index_names(loaded->all);
  loaded->fallback = default_choice(loaded->all);
  ctx_ex_data<named_credentials>::put(ctx, std::move(loaded));
  SSL_CTX_set_cert_cb(ctx, is_server ? choose_certificate : choose_client_certificate, nullptr);
}

std::string selection_digest(const SSL* ssl) {
  const named_credentials* const from = ctx_ex_data<named_credentials>::get(ssl);
  std::string text;
  for (std::size_t i = 0; from != nullptr && i != from->all.size(); ++i) {
    text += shared_certificate(from->all[i].leaf()).fingerprint_sha256();
  }
  return text;
}

}  // namespace detail
}  // namespace iostls
