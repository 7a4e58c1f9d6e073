// SPDX-License-Identifier: Apache-2.0
#include <cerrno>
#include <memory>
#include <string>

#include <openssl/ssl.h>

#include <iostls/policy.hpp>

#include "base/escape.hpp"
#include "context/context.hpp"
#include "negotiation/groups_and_signatures.hpp"
#include "negotiation/version_names.hpp"
#include "openssl/error.hpp"
#include "openssl/error_queue.hpp"
#include "openssl/openssl_ptr.hpp"
#include "options/effective_options.hpp"

namespace iostls {
namespace {

using detail::context_state;

std::string line(const char* name, const std::string& value) {
  return name + (": " + (value.empty() ? "none" : value)) + '\n';
}

bool is_of_1_3(const SSL_CIPHER* cipher) noexcept {
  return (SSL_CIPHER_get_protocol_id(cipher) & 0xff00U) == 0x1300U;
}

// Those that suit the versions, in their order.
std::string ciphers(SSL* ssl, bool of_1_3) {
  STACK_OF(SSL_CIPHER)* const list = SSL_get1_supported_ciphers(ssl);
  std::string text;
  for (int i = 0; i < sk_SSL_CIPHER_num(list); ++i) {
    const SSL_CIPHER* const each = sk_SSL_CIPHER_value(list, i);
    if (is_of_1_3(each) != of_1_3) continue;
    if (!text.empty()) text += ' ';
    text += SSL_CIPHER_get_name(each);
  }
  sk_SSL_CIPHER_free(list);
  return text;
}

std::string spaced(std::string list) {
  for (char& c : list) {
    if (c == ':') c = ' ';
  }
  return list;
}

std::string versions(const SSL_CTX* ctx) {
  auto* const c = const_cast<SSL_CTX*>(ctx);
  const int min = static_cast<int>(SSL_CTX_get_min_proto_version(c));
  const int max = static_cast<int>(SSL_CTX_get_max_proto_version(c));
  const std::string first = detail::version_text(min);
  return min == max ? first : first + " to " + detail::version_text(max);
}

std::string verification(int mode) {
  if ((mode & SSL_VERIFY_FAIL_IF_NO_PEER_CERT) != 0) return "required";
  return (mode & SSL_VERIFY_PEER) != 0 ? "if there is one" : "none";
}

std::string required_of_peer(const context_state& state) {
  if (state.is_server()) return verification(SSL_CTX_get_verify_mode(state.get()));
  switch (detail::verify_of(false, state.options().verify)) {
    case verify_mode::none:
      return "none";
    case verify_mode::optional:
      return "optional";
    default:
      return "required";
  }
}

std::string deciding_order(const context_state& state) {
  if (!state.is_server()) return "the server's choice";
  return (SSL_CTX_get_options(state.get()) & SSL_OP_CIPHER_SERVER_PREFERENCE) != 0 ? "the server's"
                                                                                   : "the client's";
}

std::string commands(const context_state& state) {
  std::string text;
  for (const auto& each : state.commands()) {
    text += line("OpenSSL command", detail::escaped_text(each.first + ' ' + each.second));
  }
  return text;
}

}  // namespace

std::string effective_configuration(const ssl_context& context) {
  const std::shared_ptr<const context_state> state = context.state();
  detail::clear_error_queue();
  const detail::ssl_ptr trial(SSL_new(state->get()));
  if (trial == nullptr) {
    throw detail::make_error(detail::system_code(ENOMEM), "effective_configuration");
  }
  std::string text = line("role", state->is_server() ? "server" : "client");
  text += line("versions", versions(state->get()));
  text += line("suites of TLS 1.3", ciphers(trial.get(), true));
  text += line("ciphers of TLS 1.2", ciphers(trial.get(), false));
  text += line("order of ciphers", deciding_order(*state));
  text += line("groups", spaced(detail::effective_groups(trial.get(), state->options())));
  text += line("signature algorithms",
               spaced(detail::effective_signatures(trial.get(), state->options())));
  text += line("certificate of the peer", required_of_peer(*state));
  text += line("security level", std::to_string(SSL_CTX_get_security_level(state->get())));
  text += commands(*state);
  detail::clear_error_queue();
  return text;
}

}  // namespace iostls
