// SPDX-License-Identifier: Apache-2.0
#include "context/client_hello_hook.hpp"

#include <algorithm>
#include <utility>

#include <iostls/ssl_context.hpp>

#include "base/escape.hpp"
#include "context/context.hpp"
#include "negotiation/alert_names.hpp"
#include "negotiation/hello_fields.hpp"
#include "openssl/callback_exception.hpp"
#include "openssl/ctx_ex_data.hpp"
#include "openssl/error.hpp"
#include "openssl/ssl_ex_data.hpp"
#include "transport/host_name.hpp"

namespace iostls {
namespace detail {
namespace {

// Of a context that has one.
struct hello_hook {
  client_hello_function function;
  bool has_certificate;  // or else a pre-shared key
};

// Of one connection alone: SSL_dup leaves it out, since the copy may outlive the stream.
struct hello_link {
  explicit hello_link(hello_connection& c) noexcept : connection(c) {}
  hello_link(const hello_link&) = delete;
  hello_link& operator=(const hello_link&) = delete;
  ~hello_link() = default;

  hello_connection& connection;
};

using hook_slot = ctx_ex_data<hello_hook>;
using link_slot = ssl_ex_data<hello_link>;

[[noreturn]] void fail(const std::string& message) {
  throw_option_error(ssl_errc::bad_configuration, "on_client_hello", message);
}

int refuse(hello_connection& connection, int* alert, tls_alert with, const std::string& words) {
  connection.set_refusal(words);
  *alert = static_cast<int>(with);
  return SSL_CLIENT_HELLO_ERROR;
}

int refuse(hello_connection& connection, int* alert, const client_hello_answer& answer) {
  std::string words = "on_client_hello has refused the client with the alert " +
                      alert_name(static_cast<int>(answer.alert()));
  if (!answer.reason().empty()) words += ": " + excerpt(answer.reason());
  return refuse(connection, alert, answer.alert(), words);
}

bool lacks_certificate(const SSL_CTX* ctx) noexcept {
  const hello_hook* const hook = hook_slot::get(ctx);
  return hook != nullptr && !hook->has_certificate;
}

credential_list list_of(const std::vector<server_credential>& credentials) {
  credential_list list;
  for (const server_credential& each : credentials) list.push_back(each.ready());
  return list;
}

int obey(SSL* ssl, hello_connection& connection, int* alert, const client_hello_answer& answer) {
  if (answer.is_refusal()) return refuse(connection, alert, answer);
  const auto& chosen = answer.context();
  const SSL_CTX* const here = SSL_get_SSL_CTX(ssl);
  const bool stays = chosen == nullptr || chosen->get() == here;
  if (!stays && !chosen->is_server()) fail("it has chosen a client's context");
  if (answer.credentials().empty() && lacks_certificate(stays ? here : chosen->get())) {
    return refuse(connection, alert, tls_alert::unrecognized_name,
                  "the context has no certificate, and on_client_hello has chosen none");
  }
  if (!stays) {
    connection.prepare(chosen, list_of(answer.credentials()));
    return SSL_CLIENT_HELLO_RETRY;
  }
  if (!answer.credentials().empty()) choose_credentials(ssl, list_of(answer.credentials()));
  return SSL_CLIENT_HELLO_SUCCESS;
}

bool asks_the_same(const client_hello& a, const client_hello& b) {
  return lower_case(a.server_name) == lower_case(b.server_name) && a.alpn == b.alpn;
}

int judge(SSL* ssl, hello_connection& connection, int* alert) {
  client_hello hello;
  if (!read_hello(ssl, hello)) {
    return refuse(connection, alert, tls_alert::decode_error, "the client's hello cannot be read");
  }
  if (!may_be_asked_for(hello.server_name)) {
    return refuse(
        connection, alert, tls_alert::unrecognized_name,
        "the client's server name (SNI) is not a host name: " + excerpt(hello.server_name));
  }
  // After a request for another hello (RFC 8446, 4.1.4), and where renegotiation was let in.
  if (connection.seen()) {
    if (asks_the_same(*connection.seen(), hello)) return SSL_CLIENT_HELLO_SUCCESS;
    return refuse(connection, alert, tls_alert::illegal_parameter,
                  "the client's second hello asks for another host or other protocols");
  }
  if (!connection.complete(hello)) {
    return refuse(connection, alert, tls_alert::decode_error,
                  "the client's hello comes in too many records");
  }
  const client_hello_answer answer = hook_slot::get(ssl)->function(hello);
  connection.set_seen(std::move(hello));
  const int next = obey(ssl, connection, alert, answer);
  if (next != SSL_CLIENT_HELLO_RETRY) connection.stay();
  return next;
}

extern "C" int ask_about_hello(SSL* ssl, int* alert, void*) noexcept {
  *alert = SSL_AD_INTERNAL_ERROR;
  hello_link* const link = link_slot::get(ssl);
  if (link == nullptr) return SSL_CLIENT_HELLO_ERROR;  // not made by a stream
  try {
    return judge(ssl, link->connection, alert);
  } catch (...) {
    keep_callback_exception(ssl);
    return SSL_CLIENT_HELLO_ERROR;
  }
}

}  // namespace

void hello_connection::set_seen(client_hello hello) {
  seen_.emplace();
  seen_->server_name = std::move(hello.server_name);
  seen_->alpn = std::move(hello.alpn);
}

std::string hello_connection::fault(SSL* ssl) const {
  if (!seen_) {
    return "nobody has asked on_client_hello: in the native context, another function has taken "
           "the place "
           "of SSL_CTX_set_client_hello_cb's";
  }
  const unsigned char* data = nullptr;
  unsigned int size = 0;
  SSL_get0_alpn_selected(ssl, &data, &size);
  const std::string protocol(reinterpret_cast<const char*>(data), size);
  if (size != 0 &&
      std::find(seen_->alpn.begin(), seen_->alpn.end(), protocol) == seen_->alpn.end()) {
    return "on_client_hello has not seen the protocol that the client offers in the end: " +
           escaped_text(protocol);
  }
  const char* const name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
  if (same_letters(name != nullptr ? name : "", seen_->server_name)) return {};
  return "on_client_hello was asked about another host than the client asks for in the end: " +
         escaped_text(name != nullptr ? name : "none");
}

void apply_client_hello_hook(SSL_CTX* ctx, const context_options& options) {
  if (!options.on_client_hello) return;
  const bool has_certificate = !options.certificate.empty() || !options.psk.empty();
  hook_slot::put(
      ctx, std::make_unique<hello_hook>(hello_hook{options.on_client_hello, has_certificate}));
  SSL_CTX_set_client_hello_cb(ctx, ask_about_hello, nullptr);
}

bool has_client_hello_hook(const SSL* ssl) noexcept { return hook_slot::get(ssl) != nullptr; }

void attach_hello_connection(SSL* ssl, hello_connection& connection) {
  link_slot::put(ssl, connection);
}

}  // namespace detail

client_hello_answer::client_hello_answer(const ssl_context& context) : context_(context.state()) {}

client_hello_answer::client_hello_answer(const server_credential& credential)
    : credentials_{credential} {}

client_hello_answer::client_hello_answer(std::vector<server_credential> credentials)
    : credentials_(std::move(credentials)) {
  if (credentials_.empty()) detail::fail("the list of credentials is empty");
}

client_hello_answer::client_hello_answer(const ssl_context& context,
                                         std::vector<server_credential> credentials)
    : client_hello_answer(std::move(credentials)) {
  context_ = context.state();
}

client_hello_answer::client_hello_answer(tls_alert refusal, std::string reason)
    : is_refusal_(true), alert_(refusal), reason_(std::move(reason)) {
  if (refusal == tls_alert::close_notify || refusal == tls_alert::user_canceled ||
      refusal == tls_alert::no_renegotiation) {
    detail::fail("the alert " + detail::alert_name(static_cast<int>(refusal)) +
                 " does not end a handshake");
  }
}

}  // namespace iostls
