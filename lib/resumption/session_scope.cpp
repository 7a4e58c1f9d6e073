// SPDX-License-Identifier: Apache-2.0
#include "resumption/session_scope.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include "base/length_prefixed.hpp"
#include "credentials/chosen_credentials.hpp"
#include "openssl/ctx_ex_data.hpp"
#include "openssl/error.hpp"
#include "openssl/ssl_ex_data.hpp"
#include "openssl/unique_id.hpp"
#include "options/effective_options.hpp"
#include "options/option_list.hpp"
#include "resumption/option_value_text.hpp"
#include "transport/host_name.hpp"
#include "verification/trust_digest.hpp"

namespace iostls {
namespace detail {
namespace {

static_assert(SSL_MAX_SID_CTX_LENGTH == 32, "a SHA-256 fills a session id context");
using digest = scope_id;

// A digest of the rules for clients.
struct connection_scope {
  digest rules{};
};

// The last id that was computed, and of what: a connection needs its own for each ticket, and most
// connections of a context have the same. Never waits: in a forked process, the mutex may stay locked
// for ever.
class latest_id {
 public:
  std::optional<scope_id> find(const std::string& text) noexcept {
    const std::unique_lock<std::mutex> l(mutex_, std::try_to_lock);
    return l && text == text_ ? std::optional<scope_id>(id_) : std::nullopt;
  }

  void keep(std::string text, const scope_id& id) noexcept {
    const std::unique_lock<std::mutex> l(mutex_, std::try_to_lock);
    if (!l) return;
    text_.swap(text);  // frees nothing here, where a fork may copy what is half done
    id_ = id;
  }

 private:
  std::mutex mutex_;
  std::string text_;
  scope_id id_{};
};

// The same for a context. `salt` and `trust` go into the rules of its connections.
struct context_scope {
  digest salt{};
  std::string trust;
  connection_scope connections;
  latest_id latest;
};

[[noreturn]] void fail_scope(const char* what) {
  throw make_error(ssl_errc::bad_configuration, "context", what);
}

digest scope_digest(const std::string& text) {
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
      append_field(text, value_text(row, true, options.*row.member));
    }
  });
  return scope_digest(text);
}

// The same of what only a context may hold.
std::string context_rules(SSL_CTX* ctx, const context_options& options) {
  std::string text = trust_digest(ctx, options);
  for_each_context_option([&](const auto& row) {
    if constexpr (needs_same_value(std::decay_t<decltype(row)>::rule)) {
      append_field(text, value_text(row, true, options.*row.member));
    }
  });
  return hash_of(text);
}

// Whether a connection must not resume what others of its context may.
bool narrows_sessions(const connection_options& own) {
  return is_any_set(own, [](const auto& row) { return needs_same_value(row.rule); });
}

void copy_ticket_keys(SSL_CTX* to, SSL_CTX* from) {
  std::vector<unsigned char> keys(
      static_cast<std::size_t>(SSL_CTX_get_tlsext_ticket_keys(from, nullptr, 0)));
  const auto size = static_cast<long>(keys.size());
  const bool copied = SSL_CTX_get_tlsext_ticket_keys(from, keys.data(), size) == 1 &&
                      SSL_CTX_set_tlsext_ticket_keys(to, keys.data(), size) == 1;
  OPENSSL_cleanse(keys.data(), keys.size());
  if (!copied) fail_scope("the ticket keys cannot be kept");
}

// A program that gives the same keys to several contexts wants them to resume each other's
// sessions. Without such keys, no other context could, and the salt makes sure of that.
void set_salt(SSL_CTX* ctx, digest& salt, const context_options& options, SSL_CTX* previous) {
  if (previous != nullptr) {
    salt = ctx_ex_data<context_scope>::get(previous)->salt;
    copy_ticket_keys(ctx, previous);
  } else if (options.ticket_keys.empty() &&
             RAND_bytes(salt.data(), static_cast<int>(salt.size())) != 1) {
    fail_scope("no random numbers");
  }
}

}  // namespace

std::optional<scope_id> scope_id_of(SSL* ssl, const std::string& asked) {
  context_scope* const shared = ctx_ex_data<context_scope>::get(ssl);
  if (shared == nullptr) return {};
  const connection_scope* const own = ssl_ex_data<connection_scope>::get(ssl);
  const digest& rules = own != nullptr ? own->rules : shared->connections.rules;
  std::string text(rules.begin(), rules.end());
  const std::string chosen = chosen_credentials_digest(ssl);
  if (!chosen.empty()) {
    const scope_id narrower = scope_digest(text + chosen);
    text.assign(narrower.begin(), narrower.end());
  }
  text += lower_case(asked);
  if (const auto known = shared->latest.find(text)) return known;
  const scope_id id = scope_digest(text);
  shared->latest.keep(std::move(text), id);
  return id;
}

void apply_session_scope(SSL_CTX* ctx, const context_options& options, SSL_CTX* previous) {
  auto scope = std::make_unique<context_scope>();
  set_salt(ctx, scope->salt, options, previous);
  scope->trust = context_rules(ctx, options);
  scope->connections.rules = rules_for(*scope, options);
  ctx_ex_data<context_scope>::put(ctx, std::move(scope));
}

// OpenSSL resumes no session whose id context differs from the connection's. Until a ticket has
// been judged, ours is unique: even if a program replaces our callback through native.hpp, no
// session is resumed that the callback has not accepted.
void refuse_unjudged_sessions(SSL* ssl) {
  const digest nobody = unique_id();
  if (SSL_set_session_id_context(ssl, nobody.data(), nobody.size()) != 1)
    fail_scope("out of memory");
}

void narrow_session_scope(SSL* ssl, const connection_options& base, const connection_options& own) {
  if (!narrows_sessions(own)) return;
  const context_scope* const shared = ctx_ex_data<context_scope>::get(ssl);
  if (shared == nullptr) fail_scope("not a server's");
  ssl_ex_data<connection_scope>::put(ssl, rules_for(*shared, merged(base, own)));
}

}  // namespace detail
}  // namespace iostls
