// SPDX-License-Identifier: Apache-2.0
#include "resumption/client_resumption.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <ctime>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

#include <openssl/err.h>
#include <openssl/x509.h>

#include "base/length_prefixed.hpp"
#include "credentials/x509_sharing.hpp"
#include "openssl/ctx_ex_data.hpp"
#include "openssl/error.hpp"
#include "openssl/raw_public_key.hpp"
#include "openssl/ssl_ex_data.hpp"
#include "options/effective_options.hpp"
#include "options/option_list.hpp"
#include "options/value_faults.hpp"
#include "resumption/option_value_text.hpp"
#include "resumption/session.hpp"
#include "resumption/session_cache.hpp"
#include "resumption/session_creation_time.hpp"
#include "system/socket_address.hpp"
#include "transport/host_name.hpp"
#include "verification/certificate_verifier.hpp"
#include "verification/ocsp_verification.hpp"
#include "verification/session_chain_verifier.hpp"

namespace iostls {
namespace detail {
namespace {

using resumption_slot = ssl_ex_data<client_resumption>;

std::string canonical_name(const setting<std::string>& server_name) {
  if (!server_name.has_value() || server_name.value().empty()) return {};
  return lower_case(host_name(server_name.value()).text);
}

// A server that resumes a session insists on its cipher, and ends the handshake if the client no
// longer offers it.
bool is_offered(SSL* ssl, const SSL_CIPHER* cipher) {
  const STACK_OF(SSL_CIPHER)* const ciphers = SSL_get_ciphers(ssl);
  for (int i = 0; i < sk_SSL_CIPHER_num(ciphers); ++i) {
    if (SSL_CIPHER_get_id(sk_SSL_CIPHER_value(ciphers, i)) == SSL_CIPHER_get_id(cipher)) {
      return true;
    }
  }
  return false;
}

template <session_rule Rule>
constexpr bool binds_clients = Rule == session_rule::same_value_at_both;

using rules_text = std::shared_ptr<const std::string>;

// The rules for sessions: what only a context may hold of them, and all, for the connections that have
// no rules of their own.
struct client_rules {
  std::string only_contexts;
  rules_text all;
};

bool has_own_rules(const connection_options& own) {
  return is_any_set(own,
                    [](const auto& row) { return row.rule == session_rule::same_value_at_both; });
}

std::string all_rules(std::string text, const connection_options& base,
                      const connection_options& own) {
  for_each_connection_option([&](const auto& row) {
    if constexpr (binds_clients<std::decay_t<decltype(row)>::rule>) {
      const auto& value = effective(base.*row.member, own.*row.member);
      append_field(text, value_text(row, false, value));
    }
  });
  return text;
}

// The options that a full handshake depends on. OpenSSL does not report which of them a session has
// satisfied.
rules_text rules_of(const SSL* ssl, const connection_options& base, const connection_options& own) {
  const client_rules* const shared = ctx_ex_data<client_rules>::get(ssl);
  if (shared != nullptr && !has_own_rules(own)) return shared->all;
  std::string text = shared != nullptr ? shared->only_contexts : std::string();
  return std::make_shared<const std::string>(all_rules(std::move(text), base, own));
}

// Whether the certificates are smaller than the limit, as the message in which the server has sent
// them would be.
bool fit(SSL* ssl, const X509* leaf, const session_state& state) {
  constexpr int rest = 8;  // lengths
  long size = rest + i2d_X509(leaf, nullptr) + rest;
  for (const x509_ptr& each : state.chain()) size += i2d_X509(each.get(), nullptr) + rest;
  if (state.ocsp()) size += static_cast<long>(state.ocsp()->size()) + rest;
  return size <= SSL_get_max_cert_list(ssl);
}

// OpenSSL's clients apply their own lifetime, whatever the server announces for its ticket.
void keep_for_hinted_time(SSL_SESSION* session) {
  const auto most = static_cast<unsigned long>(longest_session.count());
  const unsigned long hint = SSL_SESSION_get_ticket_lifetime_hint(session);
  if (hint != 0) SSL_SESSION_set_timeout(session, static_cast<long>((std::min)(hint, most)));
}

std::string ticket_of(const SSL_SESSION* session) {
  const unsigned char* ticket = nullptr;
  std::size_t size = 0;
  SSL_SESSION_get0_ticket(session, &ticket, &size);
  return {ticket, ticket + size};
}

extern "C" int keep_session(SSL* ssl, SSL_SESSION* session) noexcept {
  client_resumption* const here = resumption_slot::get(ssl);
  if (here != nullptr) here->keep(session);
  return 0;
}

}  // namespace

client_resumption::client_resumption(SSL* ssl, const connection_options& base,
                                     const connection_options& own)
    : ssl_(ssl),
      verify_(verify_of(false, effective(base.verify, own.verify))),
      server_name_(canonical_name(effective(base.server_name, own.server_name))),
      rules_(rules_of(ssl, base, own)),
      offered_(effective(base.session, own.session).value_or(ssl_session())) {}

client_resumption* client_resumption::attach_to(SSL* ssl, const connection_options& base,
                                                const connection_options& own) {
  return SSL_is_server(ssl) == 1 ? nullptr : &resumption_slot::put(ssl, ssl, base, own);
}

// A program that changed the rules since the session was made, or made it under none, must not get
// round them: what the server showed at that time is judged by the present rules.
bool client_resumption::is_acceptable(const ssl_session& session) {
  const session_state& state = *session.state();
  if (state.server_name() != server_name_ || state.identity() != identity_of(ssl_) ||
      state.rules() != *rules_ || !is_offered(ssl_, SSL_SESSION_get0_cipher(state.native()))) {
    return false;
  }
  if (const EVP_PKEY* const key = raw_key_of(state.native())) {
    verify_result_ = X509_V_OK;
    return accepts_raw_key(ssl_, key);
  }
  if (SSL_get_verify_mode(ssl_) == SSL_VERIFY_NONE && verify_ == verify_mode::none) return true;
  X509* const leaf = SSL_SESSION_get0_peer(state.native());
  if (leaf == nullptr || !fit(ssl_, leaf, state)) return false;
  const verdict found = verify_again(ssl_, leaf, state.chain());
  verify_result_ = found.code;
  return found.goes_on && ocsp_allows(ssl_, leaf, state.chain(), state.ocsp());
}

bool client_resumption::resume(const ssl_session& session) {
  if (!session) return false;
  if (!is_acceptable(session) || !session.state()->take()) {
    forget_peer(ssl_);
    return false;
  }
  const session_ptr copy(SSL_SESSION_dup(session.state()->native()));
  if (copy == nullptr || SSL_set_session(ssl_, copy.get()) != 1) {
    throw make_error(system_code(ENOMEM), "handshake");
  }
  if (verify_ != verify_mode::none) SSL_set_verify_result(ssl_, verify_result_);
  offered_ = session;
  return true;
}

void client_resumption::offer(int fd) {
  made_ = std::time(nullptr);
  session_cache* const cache = session_cache::of(ssl_);
  if (cache != nullptr)
    place_ = server_name_ + ' ' + std::to_string(socket_address::of_peer(fd).port());
  if (resume(offered_)) return;
  offered_ = ssl_session();
  if (cache != nullptr && !server_name_.empty()) resume(cache->take(place_));
}

ssl_session client_resumption::made_of(SSL_SESSION* session) const {
  session_state::parts p;
  // OpenSSL invalidates the session of a connection that fails, and changes that of one that
  // continues.
  p.native.reset(SSL_SESSION_dup(session));
  if (p.native == nullptr) throw std::bad_alloc();
  keep_for_hinted_time(p.native.get());
  p.server_name = server_name_;
  p.identity = identity_of(ssl_);
  p.rules = *rules_;
  p.made = made_;
  p.ocsp = ocsp_evidence_of(ssl_);
  // A session that was never serialised still has its chain in OpenSSL's object.
  if (offered_.state() && SSL_session_reused(ssl_) == 1) {
    p.made = offered_.state()->made();
    p.chain = shared(offered_.state()->chain());
    if (!p.ocsp) p.ocsp = offered_.state()->ocsp();
  } else if (const STACK_OF(X509)* const chain = SSL_get_peer_cert_chain(ssl_)) {
    p.chain = shared(chain);
    if (!p.chain.empty()) p.chain.erase(p.chain.begin());
  }
  return ssl_session(std::make_shared<session_state>(std::move(p)));
}

// In TLS 1.3, OpenSSL keeps the ticket that it has offered until another one arrives. An
// eavesdropper that sees a ticket twice knows that both connections belong to one client (RFC 8446,
// C.4).
bool client_resumption::has_been_sent(SSL_SESSION* session) const {
  return offered_.state() && offered_.state()->is_for_one_use() &&
         ticket_of(session) == ticket_of(offered_.state()->native());
}

ssl_session client_resumption::session() const {
  SSL_SESSION* const now = SSL_get0_session(ssl_);
  if (now == nullptr || SSL_SESSION_is_resumable(now) != 1) return {};
  return has_been_sent(now) ? ssl_session() : made_of(now);
}

void client_resumption::keep(SSL_SESSION* session) noexcept {
  session_cache* const cache = session_cache::of(ssl_);
  if (cache == nullptr || server_name_.empty() || place_.empty()) return;
  try {
    if (SSL_SESSION_is_resumable(session) == 1) cache->put(place_, made_of(session));
  } catch (const std::exception&) {  // NOLINT(bugprone-empty-catch): the session is just not kept
  }
}

void apply_client_resumption(SSL_CTX* ctx, bool is_server, const context_options& options,
                             SSL_CTX* previous) {
  apply_session_cache(ctx, is_server, options, previous, keep_session);
  if (is_server) return;
  auto rules = std::make_unique<client_rules>();
  for_each_context_option([&](const auto& row) {
    if constexpr (binds_clients<std::decay_t<decltype(row)>::rule>) {
      append_field(rules->only_contexts, value_text(row, false, options.*row.member));
    }
  });
  rules->all = std::make_shared<const std::string>(all_rules(rules->only_contexts, options, {}));
  ctx_ex_data<client_rules>::put(ctx, std::move(rules));
}

}  // namespace detail
}  // namespace iostls
