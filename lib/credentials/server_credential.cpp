// SPDX-License-Identifier: Apache-2.0
#include <memory>
#include <string>
#include <utility>

#include <iostls/client_hello.hpp>
#include <iostls/ssl_error.hpp>

#include "credentials/credentials.hpp"
#include "credentials/ocsp_staple.hpp"
#include "credentials/ready_credential.hpp"
#include "openssl/error.hpp"
#include "openssl/error_queue.hpp"
#include "openssl/openssl_ptr.hpp"

namespace iostls {
namespace detail {
namespace {

// As a server's context, for what has none.
ssl_ctx_ptr scratch_context() {
  clear_error_queue();
  ssl_ctx_ptr ctx(SSL_CTX_new(TLS_server_method()));
  if (ctx == nullptr) throw make_error(ssl_errc::bad_configuration, "context", "out of memory");
  clear_error_queue();
  SSL_CTX_set_security_level(ctx.get(), 2);
  return ctx;
}

}  // namespace
}  // namespace detail

server_credential::server_credential(const credential_source& source) {
  if (source.certificate.empty()) {
    detail::throw_option_error(ssl_errc::bad_credentials, "certificate", "there is none");
  }
  const detail::ssl_ctx_ptr ctx = detail::scratch_context();
  detail::loaded_credential loaded = detail::load_credential("", source);
  auto staple = detail::load_staple(ctx.get(), "ocsp_response", source.ocsp_response, loaded.chain);
  const std::string name = loaded.name;
  auto made = std::make_shared<detail::ready_credential>(std::move(loaded));
  made->staple = std::move(staple);
  detail::check_usable(ctx.get(), *made, "certificate", name);
  ready_ = std::move(made);
}

}  // namespace iostls
