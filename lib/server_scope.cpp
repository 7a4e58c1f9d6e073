// SPDX-License-Identifier: Apache-2.0
#include "server_scope.hpp"

#include <array>
#include <memory>
#include <string>
#include <vector>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include "error.hpp"
#include "host_name.hpp"
#include "trust_digest.hpp"

namespace iostls {
namespace detail {
namespace {

static_assert(SSL_MAX_SID_CTX_LENGTH == 32, "a SHA-256 fills a session id context");
using digest = std::array<unsigned char, SSL_MAX_SID_CTX_LENGTH>;

struct context_scope {
  digest salt{};
  std::string trust;
  setting<std::string> server_name;
};

extern "C" void free_context_scope(void*, void* scope, CRYPTO_EX_DATA*, int, long, void*) {
  delete static_cast<context_scope*>(scope);
}

extern "C" void free_name(void*, void* name, CRYPTO_EX_DATA*, int, long, void*) {
  delete static_cast<std::string*>(name);
}

// SSL_dup would otherwise leave two owners of one string.
extern "C" int copy_name(CRYPTO_EX_DATA*, const CRYPTO_EX_DATA*, void** name, int, long, void*) {
  if (*name == nullptr) return 1;
  *name = new (std::nothrow) std::string(*static_cast<const std::string*>(*name));
  return *name != nullptr ? 1 : 0;
}

int scope_index() {
  static const int index =
      SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, free_context_scope);
  return index;
}

int name_index() {
  static const int index = SSL_get_ex_new_index(0, nullptr, nullptr, copy_name, free_name);
  return index;
}

[[noreturn]] void fail(const char* what) {
  throw make_error(ssl_errc::bad_configuration, "context", what);
}

// What a session's client went through before the session was made.
std::string description(const connection_options& options) {
  const tls_method method = options.method.value_or(tls_method());
  std::string text = std::to_string(static_cast<int>(method.min)) + ' ' +
                     std::to_string(static_cast<int>(method.max)) + ' ' +
                     std::to_string(static_cast<int>(options.verify.value_or(verify_mode::none))) +
                     ' ' + std::to_string(options.max_depth.value_or(-1));
  for (const auto* words : {&options.ciphers, &options.ciphersuites, &options.server_name}) {
    text += '\0' + words->value_or("");
  }
  for (const auto* list : {&options.groups, &options.signature_algorithms}) {
    text += '\0';
    for (const std::string& name : list->value_or(std::vector<std::string>())) text += name + ':';
  }
  return text;
}

digest session_scope(const context_scope& scope, const connection_options& options) {
  std::string text(scope.salt.begin(), scope.salt.end());
  text += scope.trust + '\0' + description(options);
  digest result{};
  if (EVP_Digest(text.data(), text.size(), result.data(), nullptr, EVP_sha256(), nullptr) != 1) {
    fail("no SHA-256");
  }
  return result;
}

const std::string* wanted_name(SSL* ssl, const context_scope& scope) {
  const void* const own = SSL_get_ex_data(ssl, name_index());
  if (own != nullptr) return static_cast<const std::string*>(own);
  return scope.server_name.has_value() ? &scope.server_name.value() : nullptr;
}

// OpenSSL calls this for every hello, also for one that asks for no name, and before it resumes a
// session.
extern "C" int judge_server_name(SSL* ssl, int* alert, void* scope) {
  const char* const asked = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
  const std::string* const wanted = wanted_name(ssl, *static_cast<const context_scope*>(scope));
  if (wanted != nullptr && (asked == nullptr || !same_host(asked, *wanted))) {
    *alert = SSL_AD_UNRECOGNIZED_NAME;
    return SSL_TLSEXT_ERR_ALERT_FATAL;
  }
  return asked != nullptr ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
}

const context_scope* scope_of(SSL_CTX* ctx) {
  return static_cast<const context_scope*>(SSL_CTX_get_ex_data(ctx, scope_index()));
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

}  // namespace

void apply_server_scope(SSL_CTX* ctx, const context_options& options, SSL_CTX* previous) {
  auto scope = std::make_unique<context_scope>();
  scope->server_name = options.server_name;
  scope->trust = trust_digest(ctx, options);
  if (previous != nullptr) {
    scope->salt = scope_of(previous)->salt;
    copy_ticket_keys(ctx, previous);
  } else if (RAND_bytes(scope->salt.data(), static_cast<int>(scope->salt.size())) != 1) {
    fail("no random numbers");
  }
  const digest id = session_scope(*scope, options);
  if (SSL_CTX_set_session_id_context(ctx, id.data(), id.size()) != 1 ||
      SSL_CTX_set_ex_data(ctx, scope_index(), scope.get()) != 1) {
    fail("out of memory");
  }
  SSL_CTX_set_tlsext_servername_callback(ctx, judge_server_name);
  SSL_CTX_set_tlsext_servername_arg(ctx, scope.release());
}

void apply_server_scope(SSL* ssl, const connection_options& options) {
  const context_scope* const scope = scope_of(SSL_get_SSL_CTX(ssl));
  if (scope == nullptr) fail("not a server's");
  const digest id = session_scope(*scope, options);
  auto name = options.server_name.has_value()
                  ? std::make_unique<std::string>(options.server_name.value())
                  : nullptr;
  if (SSL_set_session_id_context(ssl, id.data(), id.size()) != 1 ||
      SSL_set_ex_data(ssl, name_index(), name.get()) != 1) {
    fail("out of memory");
  }
  static_cast<void>(name.release());
}

}  // namespace detail
}  // namespace iostls
