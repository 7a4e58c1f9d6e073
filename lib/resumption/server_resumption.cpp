// SPDX-License-Identifier: Apache-2.0
#include "resumption/server_resumption.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <new>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include "base/escape.hpp"
#include "base/length_prefixed.hpp"
#include "credentials/ready_credential.hpp"
#include "openssl/ctx_ex_data.hpp"
#include "openssl/error.hpp"
#include "openssl/retried_once.hpp"
#include "options/effective_options.hpp"
#include "options/option_list.hpp"
#include "resumption/rule_text.hpp"
#include "resumption/server_tickets.hpp"
#include "transport/host_name.hpp"
#include "verification/trust_digest.hpp"

namespace iostls {
namespace detail {
namespace {

static_assert(SSL_MAX_SID_CTX_LENGTH == 32, "a SHA-256 fills a session id context");
using digest = scope_id;

// What a connection demands of its client's hello.
struct connection_scope {
  digest rules{};  // a digest of the rules for clients
  setting<std::string> server_name;
};

// The same for a context. `salt` and `trust` go into the rules of its connections.
struct context_scope {
  digest salt{};
  std::string trust;
  connection_scope connections;
};

extern "C" void free_scope(void*, void* scope, CRYPTO_EX_DATA*, int, long, void*) {
  delete static_cast<connection_scope*>(scope);
}

// SSL_dup would otherwise leave one object with two owners.
extern "C" int copy_scope(CRYPTO_EX_DATA*, const CRYPTO_EX_DATA*, void** scope, int, long, void*) {
  if (*scope == nullptr) return 1;
  *scope = new (std::nothrow) connection_scope(*static_cast<const connection_scope*>(*scope));
  return *scope != nullptr ? 1 : 0;
}

int own_scope_index() {
  static retried_once<int, -1> index;
  return index.get(
      [] { return SSL_get_ex_new_index(0, nullptr, nullptr, copy_scope, free_scope); });
}

[[noreturn]] void fail(const char* what) {
  throw make_error(ssl_errc::bad_configuration, "context", what);
}

digest digest_of(const std::string& text) {
  const std::string bytes = hash_of(text);
  digest result{};
  std::copy(bytes.begin(), bytes.end(), result.begin());
  return result;
}

// The checks that a session's client passed before the session was made.
digest rules_for(const context_scope& scope, const connection_options& options) {
  std::string text(scope.salt.begin(), scope.salt.end());
  text += scope.trust;
  for_each_connection_option([&](const auto& row) {
    if constexpr (needs_same_value(std::decay_t<decltype(row)>::rule)) {
      append_field(text, rule_text(row, true, options.*row.member));
    }
  });
  return digest_of(text);
}

// The same of what only a context may hold.
std::string context_rules(SSL_CTX* ctx, const context_options& options) {
  std::string text = trust_digest(ctx, options);
  for_each_context_option([&](const auto& row) {
    if constexpr (needs_same_value(std::decay_t<decltype(row)>::rule)) {
      append_field(text, rule_text(row, true, options.*row.member));
    }
  });
  return hash_of(text);
}

// Whether a connection must not resume what others of its context may.
bool narrows_sessions(const connection_options& own) {
  bool does = false;
  for_each_connection_option([&](const auto& row) {
    does = does || (needs_same_value(row.rule) && (own.*row.member).has_value());
  });
  return does;
}

const connection_scope* scope_of(const SSL* ssl) noexcept {
  const void* const own = SSL_get_ex_data(ssl, own_scope_index());
  if (own != nullptr) return static_cast<const connection_scope*>(own);
  const context_scope* const shared = ctx_ex_data<context_scope>::get(ssl);
  return shared != nullptr ? &shared->connections : nullptr;
}

bool is_wanted(const connection_scope* scope, const char* asked) {
  if (scope == nullptr || !scope->server_name.has_value()) return true;
  return asked != nullptr && same_host(asked, scope->server_name.value());
}

// OpenSSL calls this for every hello, also for one that asks for no name.
extern "C" int judge_server_name(SSL* ssl, int* alert, void*) noexcept {
  const char* const asked = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
  if (!is_wanted(scope_of(ssl), asked)) {
    *alert = SSL_AD_UNRECOGNIZED_NAME;
    return SSL_TLSEXT_ERR_ALERT_FATAL;
  }
  return asked != nullptr ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
}

void copy_ticket_keys(SSL_CTX* to, SSL_CTX* from) {
  std::vector<unsigned char> keys(
      static_cast<std::size_t>(SSL_CTX_get_tlsext_ticket_keys(from, nullptr, 0)));
  const auto size = static_cast<long>(keys.size());
  const bool copied = SSL_CTX_get_tlsext_ticket_keys(from, keys.data(), size) == 1 &&
                      SSL_CTX_set_tlsext_ticket_keys(to, keys.data(), size) == 1;
  OPENSSL_cleanse(keys.data(), keys.size());
  if (!copied) fail("the ticket keys cannot be kept");
}

// A program that gives the same keys to several contexts wants them to resume each other's
// sessions. Without such keys, no other context could, and the salt makes sure of that.
void set_salt(SSL_CTX* ctx, digest& salt, const context_options& options, SSL_CTX* previous) {
  if (previous != nullptr) {
    salt = ctx_ex_data<context_scope>::get(previous)->salt;
    copy_ticket_keys(ctx, previous);
  } else if (options.ticket_keys.empty() &&
             RAND_bytes(salt.data(), static_cast<int>(salt.size())) != 1) {
    fail("no random numbers");
  }
}

}  // namespace

std::string asked_name_fault(const SSL* ssl) {
  const char* const asked = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
  if (is_wanted(scope_of(ssl), asked)) return {};
  return std::string("server_name: the client has asked for ") +
         (asked != nullptr ? escaped_text(asked) : "no name");
}

std::optional<scope_id> scope_id_of(const SSL* ssl, const std::string& asked) {
  const connection_scope* const scope = scope_of(ssl);
  if (scope == nullptr) return {};
  std::string text(scope->rules.begin(), scope->rules.end());
  const std::string chosen = chosen_credentials_digest(ssl);
  if (!chosen.empty()) {
    const scope_id narrower = digest_of(text + chosen);
    text.assign(narrower.begin(), narrower.end());
  }
  return digest_of(text + lower_case(asked));
}

void apply_server_resumption(SSL_CTX* ctx, const context_options& options, SSL_CTX* previous) {
  auto scope = std::make_unique<context_scope>();
  set_salt(ctx, scope->salt, options, previous);
  scope->trust = context_rules(ctx, options);
  scope->connections.rules = rules_for(*scope, options);
  scope->connections.server_name = options.server_name;
  apply_server_tickets(ctx);
  ctx_ex_data<context_scope>::put(ctx, std::move(scope));
  SSL_CTX_set_tlsext_servername_callback(ctx, judge_server_name);
}

// OpenSSL resumes no session whose id context differs from the connection's. Until a ticket has
// been judged, ours is unique: even if a program replaces our callback through native.hpp, no
// session is resumed that the callback has not accepted.
void begin_server_resumption(SSL* ssl) {
  digest nobody{};
  if (RAND_bytes(nobody.data(), static_cast<int>(nobody.size())) != 1) fail("no random numbers");
  if (SSL_set_session_id_context(ssl, nobody.data(), nobody.size()) != 1) fail("out of memory");
}

void apply_server_resumption(SSL* ssl, const connection_options& base,
                             const connection_options& own) {
  if (!narrows_sessions(own)) return;
  const context_scope* const shared = ctx_ex_data<context_scope>::get(ssl);
  if (shared == nullptr) fail("not a server's");
  const connection_options options = merged(base, own);
  auto scope = std::make_unique<connection_scope>();
  scope->rules = rules_for(*shared, options);
  scope->server_name = options.server_name;
  if (SSL_set_ex_data(ssl, own_scope_index(), scope.get()) != 1) fail("out of memory");
  static_cast<void>(scope.release());
}

}  // namespace detail
}  // namespace iostls
