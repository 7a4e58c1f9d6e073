// SPDX-License-Identifier: Apache-2.0
#include "context/context.hpp"

#include <string>

#include "context/client_hello_hook.hpp"
#include "context/connection_options.hpp"
#include "context/keylog.hpp"
#include "context/openssl_commands.hpp"
#include "credentials/certificate_compression.hpp"
#include "credentials/credentials.hpp"
#include "credentials/encoded_input.hpp"
#include "negotiation/certificate_types.hpp"
#include "negotiation/ciphers.hpp"
#include "negotiation/groups_and_signatures.hpp"
#include "negotiation/psk.hpp"
#include "negotiation/renegotiation_option.hpp"
#include "negotiation/required_server_name.hpp"
#include "openssl/error.hpp"
#include "openssl/error_queue.hpp"
#include "options/effective_options.hpp"
#include "resumption/client_resumption.hpp"
#include "resumption/server_tickets.hpp"
#include "resumption/session_scope.hpp"
#include "resumption/ticket_keys.hpp"
#include "transport/host_name.hpp"
#include "verification/certificate_verifier.hpp"
#include "verification/peer_purposes.hpp"
#include "verification/trust.hpp"

namespace iostls {
namespace detail {
namespace {

// Every bit that is not here is cleared, whatever openssl.cnf sets. Keys of (EC)DH are used once
// since OpenSSL 1.1.0, without an option.
constexpr std::uint64_t fixed_options =
    no_certificate_compression | SSL_OP_NO_COMPRESSION | SSL_OP_ENABLE_MIDDLEBOX_COMPAT;

// A chain is sent as it is given: without NO_AUTO_CHAIN, OpenSSL builds one in each handshake.
constexpr long modes = SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                       SSL_MODE_RELEASE_BUFFERS | SSL_MODE_AUTO_RETRY | SSL_MODE_NO_AUTO_CHAIN;

constexpr int security_level = 2;

// A server accepts no early data, but must skip early data from a client with a ticket of another
// server of the same name (RFC 8446, 4.2.10). How much such a server allows is unknown; most allow
// 16 KiB, and the overhead of the records counts, too.
constexpr std::uint32_t most_skipped_early_data = 64 * 1024;

[[noreturn]] void fail_context(const char* what) {
  throw make_error(ssl_errc::bad_configuration, "context", what);
}

// The BIO reads ahead; OpenSSL's own buffer would be allocated and freed for each record.
void set_buffers(SSL_CTX* ctx) {
  SSL_CTX_set_mode(ctx, modes);
  SSL_CTX_set_read_ahead(ctx, 0);
}

// Sets everything that matters to security and has no option of ours. SSL_CTX_new has just applied
// the system-wide openssl.cnf, which may contain anything.
void harden(SSL_CTX* ctx, bool is_server) {
  SSL_CTX_clear_options(ctx, SSL_CTX_get_options(ctx));
  SSL_CTX_set_options(ctx, fixed_options);
  forbid_renegotiation(ctx);
  // Flags such as Suite B's, which would replace ciphers that are set later.
  SSL_CTX_clear_cert_flags(ctx, SSL_CTX_set_cert_flags(ctx, 0));
  SSL_CTX_set_security_level(ctx, security_level);
  set_default_algorithms(ctx);
  SSL_CTX_set_dh_auto(ctx, 1);
  // Clients keep the sessions, in tickets.
  SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_block_padding(ctx, 0);
  SSL_CTX_set_max_early_data(ctx, 0);
  SSL_CTX_set_recv_max_early_data(ctx, most_skipped_early_data);
  if (!is_server) SSL_CTX_set_post_handshake_auth(ctx, 0);
  SSL_CTX_set_keylog_callback(ctx, nullptr);
  SSL_CTX_set_default_passwd_cb(ctx, iostls_no_password);
  X509_VERIFY_PARAM* const param = SSL_CTX_get0_param(ctx);
  X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_TRUSTED_FIRST);
  X509_VERIFY_PARAM_set_hostflags(param, host_match_flags);
}

ssl_ctx_ptr new_context(bool is_server) {
  // Errors that other code of this thread has left in the queue would appear in ours.
  clear_error_queue();
  ssl_ctx_ptr ctx(SSL_CTX_new(is_server ? TLS_server_method() : TLS_client_method()));
  if (ctx == nullptr) fail_context("OpenSSL makes no context");
  clear_error_queue();
  return ctx;
}

void check_usable(SSL_CTX* ctx, bool wants_ciphers) {
  const ssl_ptr trial(SSL_new(ctx));
  if (trial == nullptr) fail_context("OpenSSL makes no connection of the context");
  check_something_is_left(trial.get(), wants_ciphers);
}

}  // namespace

context_state::context_state(bool is_server, const context_options& options,
                             const context_state* previous)
    : ctx_(new_context(is_server)),
      is_server_(is_server),
      options_(options),
      commands_(options.openssl_commands),
      on_handshake_(options.on_handshake),
      counters_(previous != nullptr ? previous->counters() : std::make_shared<counter_block>()) {
  static_cast<void>(out_of_memory());
  check_values(is_server, options);
  harden(get(), is_server);
  set_buffers(get());
  apply_connection_options(get(), is_server, options);
  apply_certificate_verifier(get(), options.verify_callback);
  apply_peer_purposes(get(), options);
  apply_psk(get(), is_server, options);
  apply_trust(get(), is_server, options);
  apply_own_certificate_type(get(), is_server, options);
  apply_certificate_compression(get(), options.certificate_compression);
  apply_credentials(get(), is_server, options);
  apply_client_hello_hook(get(), options);
  apply_counters(get(), counters_);
  if (is_server) apply_session_tickets(get(), options);
  apply_keylog(get(), options.keylog_file);
  apply_openssl_commands(get(), is_server, options.openssl_commands);
  compress_credential(get(), is_server, options);
  SSL_CTX* const earlier = previous != nullptr ? previous->get() : nullptr;
  if (is_server) {
    require_server_name(get(), options);
    apply_session_lifetime(get(), options);
    apply_ticket_checks(get());
    apply_session_scope(get(), options, earlier);
  }
  apply_client_resumption(get(), is_server, options, earlier);
  check_usable(get(), options.ciphers.has_value());
  clear_error_queue();  // left by what it accepts, such as a CA's malformed extensions
}

}  // namespace detail
}  // namespace iostls
