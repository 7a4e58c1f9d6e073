// SPDX-License-Identifier: Apache-2.0
#include "negotiation/required_server_name.hpp"

#include <memory>

#include "base/escape.hpp"
#include "openssl/ctx_ex_data.hpp"
#include "openssl/ssl_ex_data.hpp"
#include "transport/host_name.hpp"

namespace iostls {
namespace detail {
namespace {

struct required_name {
  setting<std::string> name;
};

const char* asked_name(const SSL* ssl) noexcept {
  return SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
}

// The connection's own, or that of its context.
const required_name* required_of(const SSL* ssl) noexcept {
  const required_name* const own = ssl_ex_data<required_name>::get(ssl);
  return own != nullptr ? own : ctx_ex_data<required_name>::get(ssl);
}

bool is_wanted(const SSL* ssl) {
  const char* const asked = asked_name(ssl);
  if (asked != nullptr && !may_be_asked_for(asked)) return false;
  const required_name* const required = required_of(ssl);
  if (required == nullptr || !required->name.has_value()) return true;
  return asked != nullptr && same_host(asked, required->name.value());
}

// OpenSSL calls this for every hello, also for one that asks for no name.
extern "C" int judge_server_name(SSL* ssl, int* alert, void*) noexcept {
  if (!is_wanted(ssl)) {
    *alert = SSL_AD_UNRECOGNIZED_NAME;
    return SSL_TLSEXT_ERR_ALERT_FATAL;
  }
  return asked_name(ssl) != nullptr ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
}

}  // namespace

void require_server_name(SSL_CTX* ctx, const context_options& options) {
  ctx_ex_data<required_name>::put(
      ctx, std::make_unique<required_name>(required_name{options.server_name}));
  SSL_CTX_set_tlsext_servername_callback(ctx, judge_server_name);
}

void require_server_name(SSL* ssl, const connection_options& own) {
  if (!own.server_name.has_value()) return;
  ssl_ex_data<required_name>::put(ssl, own.server_name);
}

std::string server_name_fault(const SSL* ssl) {
  if (is_wanted(ssl)) return {};
  const char* const asked = asked_name(ssl);
  return std::string("server_name: the client has asked for ") +
         (asked != nullptr ? escaped_text(asked) : "no name");
}

}  // namespace detail
}  // namespace iostls
