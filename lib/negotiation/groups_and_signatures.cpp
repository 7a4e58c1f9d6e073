// SPDX-License-Identifier: Apache-2.0
#include "negotiation/groups_and_signatures.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <set>
#include <string>
#include <vector>

#include <openssl/err.h>
#include <openssl/evp.h>

#include "base/listed_name.hpp"
#include "openssl/error.hpp"
#include "openssl/error_queue.hpp"
#include "transport/host_name.hpp"

namespace iostls {
namespace detail {
namespace {

// A star asks for a key share in the client's first message, so that servers without X25519MLKEM768
// need no second round trip. Stars and slashes are the syntax of OpenSSL 3.5; earlier versions
// refuse the list.
constexpr char groups_with_shares[] =
    "?*X25519MLKEM768 / ?*X25519:?secp256r1 / ?X448:?secp384r1:?secp521r1 / ?ffdhe2048:?ffdhe3072";
// The FIPS provider has X25519MLKEM768, but not X25519.
constexpr char groups_without_x25519[] =
    "?*X25519MLKEM768 / ?*secp256r1 / ?secp384r1:?secp521r1 / ?ffdhe2048:?ffdhe3072";
constexpr std::array default_groups{"X25519MLKEM768", "X25519",    "secp256r1", "X448",
                                    "secp384r1",      "secp521r1", "ffdhe2048", "ffdhe3072"};

constexpr std::array default_signatures{"mldsa65",
                                        "mldsa87",
                                        "mldsa44",
                                        "ecdsa_secp256r1_sha256",
                                        "ecdsa_secp384r1_sha384",
                                        "ecdsa_secp521r1_sha512",
                                        "ed25519",
                                        "ed448",
                                        "rsa_pss_pss_sha256",
                                        "rsa_pss_pss_sha384",
                                        "rsa_pss_pss_sha512",
                                        "rsa_pss_rsae_sha256",
                                        "rsa_pss_rsae_sha384",
                                        "rsa_pss_rsae_sha512",
                                        "rsa_pkcs1_sha256",
                                        "rsa_pkcs1_sha384",
                                        "rsa_pkcs1_sha512"};

int set_groups(SSL_CTX* ctx, const char* list) { return SSL_CTX_set1_groups_list(ctx, list); }
int set_groups(SSL* ssl, const char* list) { return SSL_set1_groups_list(ssl, list); }

// The first list is what we accept of the peer's key, the second what we accept of a client's
// certificate.
int set_signatures(SSL_CTX* ctx, const char* list) {
  return SSL_CTX_set1_sigalgs_list(ctx, list) == 1 &&
         SSL_CTX_set1_client_sigalgs_list(ctx, list) == 1;
}
int set_signatures(SSL* ssl, const char* list) {
  return SSL_set1_sigalgs_list(ssl, list) == 1 && SSL_set1_client_sigalgs_list(ssl, list) == 1;
}

void append(std::string& list, const std::string& name) {
  if (!list.empty()) list += ':';
  list += name;
}

// OpenSSL also rejects a name when memory is short. That must not cost us an algorithm.
void check_memory() {
  if (ERR_GET_REASON(ERR_peek_last_error()) == ERR_R_MALLOC_FAILURE) {
    throw make_error(system_code(ENOMEM), "context");
  }
}

// The names that this OpenSSL knows, joined: a single unknown name makes it refuse the whole list.
template <class Names, class IsKnown>
std::string known(const Names& names, IsKnown is_known) {
  std::string list;
  for (const char* const name : names) {
    if (is_known(name)) {
      append(list, name);
    } else {
      check_memory();
    }
  }
  clear_error_queue();
  return list;
}

[[noreturn]] void refuse_list(const char* option, const std::string& message) {
  throw_option_error(ssl_errc::bad_configuration, option, message);
}

// Anything else would be the syntax of lists, which differs between versions of OpenSSL.
bool looks_like_a_name(const std::string& text) {
  const auto is_inner = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '+' || c == '.';
  };
  return !text.empty() && text[0] != '-' && text[0] != '+' && text != "DEFAULT" &&
         std::all_of(text.begin(), text.end(), is_inner);
}

// OpenSSL accepts these two names even if no provider has the algorithm.
bool is_edwards_curve_missing(const std::string& name) {
  if (name != "ed25519" && name != "ed448") return false;
  EVP_SIGNATURE* const found = EVP_SIGNATURE_fetch(nullptr, name.c_str(), nullptr);
  EVP_SIGNATURE_free(found);
  return found == nullptr && ERR_GET_REASON(ERR_peek_last_error()) == ERR_R_UNSUPPORTED;
}

// `set` applies a list to the context or connection; it also serves to find out whether OpenSSL
// knows a name.
template <class Set>
bool is_known(const std::string& name, Set set) {
  const bool known = !is_edwards_curve_missing(name) && set(name.c_str());
  if (!known) check_memory();
  clear_error_queue();
  return known;
}

template <class Set>
std::string known_names(const char* option, const std::vector<std::string>& texts, Set set) {
  std::string list;
  std::set<std::string> seen;
  for (const std::string& text : texts) {
    const listed_name each(text);
    const bool known = looks_like_a_name(each.name) && is_known(each.name, set);
    if (!known && (!each.is_optional || !looks_like_a_name(each.name))) {
      refuse_list(option, "\"" + text + "\" is unknown to OpenSSL and its active providers");
    }
    if (!seen.insert(each.name).second) {
      refuse_list(option, "\"" + each.name + "\" is there twice");
    }
    if (known) append(list, each.name);
  }
  return list;
}

template <class Set>
void apply_list(const char* option, const std::vector<std::string>& texts, Set set) {
  if (texts.empty()) refuse_list(option, "the list is empty");
  const std::string list = known_names(option, texts, set);
  if (list.empty()) {
    refuse_list(option,
                "OpenSSL and its active providers know none of the list, and all of it is "
                "optional (\"?\")");
  }
  if (!set(list.c_str())) refuse_list(option, "OpenSSL does not accept the list \"" + list + "\"");
}

template <class Target>
void apply(Target* target, const connection_options& options) {
  if (options.groups.has_value()) {
    apply_list("groups", options.groups.value(),
               [target](const char* list) { return set_groups(target, list) == 1; });
  }
  if (options.signature_algorithms.has_value()) {
    apply_list("signature_algorithms", options.signature_algorithms.value(),
               [target](const char* list) { return set_signatures(target, list) == 1; });
  }
}

}  // namespace

void set_default_algorithms(SSL_CTX* ctx) {
  const bool has_x25519 = set_groups(ctx, "X25519") == 1;
  if (!has_x25519) check_memory();
  if (set_groups(ctx, has_x25519 ? groups_with_shares : groups_without_x25519) != 1) {
    const std::string list =
        known(default_groups, [ctx](const char* name) { return set_groups(ctx, name) == 1; });
    if (set_groups(ctx, list.c_str()) != 1) refuse_list("context", "no key exchange is available");
  }
  const std::string list =
      known(default_signatures, [ctx](const char* name) { return set_signatures(ctx, name) == 1; });
  if (set_signatures(ctx, list.c_str()) != 1) {
    refuse_list("context", "no signature algorithm is available");
  }
}

void apply_groups_and_signatures(SSL_CTX* ctx, const connection_options& options) {
  apply(ctx, options);
}
void apply_groups_and_signatures(SSL* ssl, const connection_options& options) {
  apply(ssl, options);
}

std::string effective_groups(SSL* trial, const connection_options& options) {
  const auto set = [trial](const char* list) { return set_groups(trial, list) == 1; };
  return options.groups.has_value() ? known_names("groups", options.groups.value(), set)
                                    : known(default_groups, set);
}

std::string effective_signatures(SSL* trial, const connection_options& options) {
  const auto set = [trial](const char* list) { return set_signatures(trial, list) == 1; };
  return options.signature_algorithms.has_value()
             ? known_names("signature_algorithms", options.signature_algorithms.value(), set)
             : known(default_signatures, set);
}

bool is_post_quantum(const std::string& group) {
  return lower_case(group).find("mlkem") != std::string::npos;
}

}  // namespace detail
}  // namespace iostls
