// SPDX-License-Identifier: Apache-2.0
#include "negotiation/psk.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <ctime>
#include <memory>
#include <optional>
#include <utility>

#include <openssl/evp.h>

#include "credentials/encoded_input.hpp"
#include "negotiation/ciphers.hpp"
#include "negotiation/offer_limit.hpp"
#include "openssl/callback_exception.hpp"
#include "openssl/ctx_ex_data.hpp"
#include "openssl/error.hpp"
#include "openssl/openssl_ptr.hpp"
#include "openssl/ssl_ex_data.hpp"
#include "openssl/ticket_record.hpp"

namespace iostls {
namespace detail {
namespace {

using session_ptr = openssl_ptr<SSL_SESSION, SSL_SESSION_free>;

constexpr std::size_t longest_identity = 128;
constexpr std::size_t shortest_psk = 16;
constexpr std::size_t longest_key = 256;

// Stands for any suite with SHA-256, the hash for keys that name none (RFC 8446, 4.2.11).
constexpr std::array<unsigned char, 2> suite_of_keys = {0x13, 0x01};

// Overwrites the key at the end of its life, also after an exception.
struct wiped_key : pre_shared_key {
  wiped_key() = default;
  wiped_key(const wiped_key&) = default;
  wiped_key& operator=(const wiped_key&) = delete;
  ~wiped_key() { wipe(key); }
};

// What a connection knows about its key.
struct psk_state {
  bool must_be_used = false;
  wiped_key key;         // of a client
  bool offered = false;  // by a client
  bool found = false;    // whether the server knows the latest identity
  std::string digest;    // of the key that a server has found
  bool used = false;
};

psk_state& state_of(SSL* ssl) {
  psk_state* const state = ssl_ex_data<psk_state>::get(ssl);
  return state != nullptr ? *state : ssl_ex_data<psk_state>::put(ssl);
}

[[noreturn]] void refuse_psk(const std::string& message) {
  throw_option_error(ssl_errc::bad_configuration, "psk", message);
}

void check_key(const std::string& key) {
  if (key.size() >= shortest_psk && key.size() <= longest_key) return;
  refuse_psk("the key has " + std::to_string(key.size()) + " bytes; 16 to 256 are wanted");
}

void check(const pre_shared_key& key) {
  if (key.identity.empty()) refuse_psk("the identity is empty");
  if (key.identity.size() > longest_identity) refuse_psk("the identity is longer than 128 bytes");
  if (key.identity.find('\0') != std::string::npos)
    refuse_psk("the identity has a NUL character in it");
  check_key(key.key);
}

void check_source(bool is_server, const psk_source& source) {
  if (source.value().has_value()) return check(source.value().value());
  if (is_server && !source.server()) {
    refuse_psk("a server wants a function that returns the key of an identity");
  }
  if (!is_server && !source.client()) {
    refuse_psk("a client wants a function that returns identity and key");
  }
}

void find_key_for(wiped_key& found, const psk_source& source, const std::string& server_name) {
  if (source.value().has_value()) {
    static_cast<pre_shared_key&>(found) = source.value().value();
    return;
  }
  pre_shared_key key = source.client()(server_name);
  found.identity = key.identity;
  take_secret(found.key, key.key);
  if (!found.identity.empty()) check(found);
}

// The key is empty if the identity is unknown.
void find_key_of(wiped_key& found, const psk_source& source) {
  if (source.value().has_value()) {
    const pre_shared_key& key = source.value().value();
    if (key.identity == found.identity) found.key = key.key;
    return;
  }
  std::string key = source.server()(found.identity);
  take_secret(found.key, key);
  if (!found.key.empty()) check_key(found.key);
}

std::string key_digest(const std::string& key) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  if (EVP_Digest(key.data(), key.size(), digest.data(), &size, EVP_sha256(), nullptr) != 1) {
    throw make_error(system_code(ENOMEM), "handshake");
  }
  return {digest.begin(), digest.begin() + size};
}

// Keeps the identity known when the session is resumed.
ticket_record record_of_key(const pre_shared_key& key) {
  ticket_record record;
  record.made = std::time(nullptr);
  record.psk_identity = key.identity;
  record.psk_digest = key_digest(key.key);
  return record;
}

// A session of TLS 1.3 that stands for the key.
session_ptr session_of(SSL* ssl, const pre_shared_key& key) {
  session_ptr session(SSL_SESSION_new());
  const SSL_CIPHER* const suite = SSL_CIPHER_find(ssl, suite_of_keys.data());
  const auto* const bytes = reinterpret_cast<const unsigned char*>(key.key.data());
  if (session == nullptr || suite == nullptr ||
      SSL_SESSION_set1_master_key(session.get(), bytes, key.key.size()) != 1 ||
      SSL_SESSION_set_cipher(session.get(), suite) != 1 ||
      SSL_SESSION_set_protocol_version(session.get(), TLS1_3_VERSION) != 1 ||
      !write_record(session.get(), record_of_key(key))) {
    throw make_error(system_code(ENOMEM), "handshake");
  }
  return session;
}

// TLS 1.3, client. Called again after a HelloRetryRequest, with the hash of the suite that the
// server has chosen.
extern "C" int offer_key(SSL* ssl, const EVP_MD* hash, const unsigned char** identity,
                         std::size_t* size, SSL_SESSION** session) noexcept {
  *identity = nullptr;
  *size = 0;
  *session = nullptr;
  psk_state* const state = ssl_ex_data<psk_state>::get(ssl);
  if (state == nullptr || (hash != nullptr && EVP_MD_is_a(hash, "SHA256") != 1)) return 1;
  try {
    *session = session_of(ssl, state->key).release();
  } catch (...) {
    keep_callback_exception(ssl);
    return 0;
  }
  state->offered = true;
  *identity = reinterpret_cast<const unsigned char*>(state->key.identity.data());
  *size = state->key.identity.size();
  return 1;
}

// TLS 1.2, client. OpenSSL also calls this for TLS 1.3, if `offer_key` has offered nothing.
extern "C" unsigned int send_key(SSL* ssl, const char*, char* identity, unsigned int identity_room,
                                 unsigned char* key, unsigned int key_room) noexcept {
  const psk_state* const state = ssl_ex_data<psk_state>::get(ssl);
  if (state == nullptr || SSL_version(ssl) >= TLS1_3_VERSION) return 0;
  const pre_shared_key& ours = state->key;
  if (ours.identity.size() > identity_room || ours.key.size() > key_room) return 0;
  // There is one byte more than `identity_room`, for a NUL that is there already.
  std::copy(ours.identity.begin(), ours.identity.end(), identity);
  std::copy(ours.key.begin(), ours.key.end(), key);
  return static_cast<unsigned int>(ours.key.size());
}

// TLS 1.3, server. OpenSSL asks for each identity until one is accepted. Tickets are among them,
// but they are longer than any identity of ours.
extern "C" int find_key(SSL* ssl, const unsigned char* identity, std::size_t size,
                        SSL_SESSION** session) noexcept {
  *session = nullptr;
  try {
    psk_state& state = state_of(ssl);
    state.found = false;
    const psk_source* const source = ctx_ex_data<psk_source>::get(ssl);
    wiped_key key;
    key.identity.assign(reinterpret_cast<const char*>(identity), size);
    if (source == nullptr || size == 0 || size > longest_identity ||
        key.identity.find('\0') != std::string::npos) {
      return 1;
    }
    const offer_verdict verdict = next_offer(ssl);
    if (verdict != offer_verdict::looked_at) return verdict == offer_verdict::passed_over ? 1 : 0;
    find_key_of(key, *source);
    if (!key.key.empty()) *session = session_of(ssl, key).release();
    state.found = !key.key.empty();
    return 1;
  } catch (...) {
    keep_callback_exception(ssl);
    return 0;
  }
}

// TLS 1.2, server. OpenSSL also calls this for TLS 1.3, if `find_key` has found nothing.
extern "C" unsigned int look_up_key(SSL* ssl, const char* identity, unsigned char* key,
                                    unsigned int room) noexcept {
  if (SSL_version(ssl) >= TLS1_3_VERSION) return 0;
  try {
    const psk_source* const source = ctx_ex_data<psk_source>::get(ssl);
    const std::size_t size = std::strlen(identity);
    if (source == nullptr || size == 0 || size > longest_identity) return 0;
    wiped_key found;
    found.identity = identity;
    find_key_of(found, *source);
    if (found.key.size() > room) return 0;
    std::copy(found.key.begin(), found.key.end(), key);
    state_of(ssl).digest = key_digest(found.key);
    return static_cast<unsigned int>(found.key.size());
  } catch (...) {
    keep_callback_exception(ssl);
    return 0;
  }
}

bool has_psk(const SSL* ssl) noexcept { return ctx_ex_data<psk_source>::get(ssl) != nullptr; }

bool has_psk_cipher(const SSL* ssl) noexcept {
  const SSL_CIPHER* const cipher = SSL_get_current_cipher(ssl);
  return cipher != nullptr && SSL_CIPHER_get_auth_nid(cipher) == NID_auth_psk;
}

bool is_used(SSL* ssl, const psk_state& state) noexcept {
  const bool reused = SSL_session_reused(ssl) != 0;
  if (SSL_version(ssl) < TLS1_3_VERSION) return !reused && has_psk_cipher(ssl);
  if (SSL_is_server(ssl) != 0) return reused && state.found;
  // Excludes tickets of earlier handshakes; new tickets have not been read yet.
  return reused && state.offered && SSL_SESSION_has_ticket(SSL_get_session(ssl)) == 0;
}

}  // namespace

void apply_psk(SSL_CTX* ctx, bool is_server, const context_options& options) {
  if (options.psk.empty()) return;
  check_source(is_server, options.psk);
  ctx_ex_data<psk_source>::put(ctx, std::make_unique<psk_source>(options.psk));
  if (is_server) {
    SSL_CTX_set_psk_find_session_callback(ctx, find_key);
    SSL_CTX_set_psk_server_callback(ctx, look_up_key);
  } else {
    SSL_CTX_set_psk_use_session_callback(ctx, offer_key);
    SSL_CTX_set_psk_client_callback(ctx, send_key);
  }
  if (!options.ciphers.has_value()) apply_default_ciphers(ctx, true);
  if (!options.ciphersuites.has_value()) apply_default_ciphersuites(ctx, true);
}

bool prepare_psk(SSL* ssl, const std::string& server_name, bool verifies) {
  const psk_source* const source = ctx_ex_data<psk_source>::get(ssl);
  if (source == nullptr) return false;
  psk_state state;
  find_key_for(state.key, *source, server_name);
  if (state.key.identity.empty()) {
    // Keeps the server from expecting a key.
    SSL_set_psk_use_session_callback(ssl, nullptr);
    SSL_set_psk_client_callback(ssl, nullptr);
    return false;
  }
  state.must_be_used = verifies && server_name.empty();
  ssl_ex_data<psk_state>::put(ssl, state);
  return true;
}

std::string psk_fault(SSL* ssl) {
  if (!has_psk(ssl)) return {};
  psk_state& state = state_of(ssl);
  state.used = is_used(ssl, state);
  if (state.must_be_used && !state.used) {
    return "psk: the server does not take the key; without server_name it cannot be verified "
           "otherwise";
  }
  return {};
}

bool psk_used(const SSL* ssl) noexcept {
  const psk_state* const state = ssl_ex_data<psk_state>::get(ssl);
  return state != nullptr && state->used;
}

bool psk_was_used(SSL* ssl) {
  if (SSL_version(ssl) < TLS1_3_VERSION) return has_psk_cipher(ssl);
  return psk_used(ssl) || !psk_identity(ssl).empty();
}

std::string psk_identity(SSL* ssl) {
  if (!has_psk(ssl)) return {};
  if (SSL_version(ssl) < TLS1_3_VERSION) {
    const char* const identity = has_psk_cipher(ssl) ? SSL_get_psk_identity(ssl) : nullptr;
    return identity != nullptr ? identity : "";
  }
  SSL_SESSION* const session = SSL_get_session(ssl);
  const auto record = session != nullptr ? record_of(session) : std::nullopt;
  return record ? record->psk_identity : std::string();
}

std::string psk_digest(const SSL* ssl) {
  const psk_state* const state = ssl_ex_data<psk_state>::get(ssl);
  return state != nullptr && has_psk_cipher(ssl) ? state->digest : std::string();
}

bool psk_is_known(const SSL* ssl, const std::string& identity, const std::string& digest) {
  const psk_source* const source = ctx_ex_data<psk_source>::get(ssl);
  if (source == nullptr) return false;
  wiped_key found;
  found.identity = identity;
  find_key_of(found, *source);
  return !found.key.empty() && key_digest(found.key) == digest;
}

}  // namespace detail
}  // namespace iostls
