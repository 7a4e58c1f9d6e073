// SPDX-License-Identifier: Apache-2.0
/// \file
/// Access to the underlying SSL and SSL_CTX, for what iostls does not wrap. This is the only public
/// header that names OpenSSL; a program that includes it needs OpenSSL's headers and links with libssl
/// itself.
#pragma once

#include <openssl/ssl.h>

#include <iostls/export.hpp>
#include <iostls/ssl_context.hpp>
#include <iostls/ssl_streambuf.hpp>

// What iostls has put into them, and what is left to a program:
//
// The context: these callbacks are ours. A program that replaces one loses what it is for.
//
//   SSL_CTX_set_session_ticket_cb               server: all resumption. Replaced, no session is resumed.
//   SSL_CTX_set_tlsext_servername_callback      server: `server_name`. Replaced, a client that has asked
//                                               for another name is refused at the end of the handshake.
//   SSL_CTX_set_cert_verify_callback            `verify_callback`, `peer_purposes`, `pinned_public_keys`.
//                                               Replaced where one of the first two is set, peers with
//                                               certificates are refused; pins are compared all the same.
//                                               Where neither is set, the function judges full handshakes
//                                               alone; a session is resumed by what iostls finds, so that
//                                               one which may refuse later wants `session_tickets` false.
//   SSL_CTX_set_cert_cb                         `more_credentials`
//   SSL_CTX_set_alpn_select_cb                  server: `alpn`
//   SSL_CTX_set_tlsext_status_cb                server: `ocsp_response`; client: `ocsp`. Replaced, a client
//                                               that asks refuses each full handshake.
//   SSL_CTX_set_psk_find_session_callback,
//   SSL_CTX_set_psk_server_callback             server: `psk`
//   SSL_CTX_set_psk_use_session_callback,
//   SSL_CTX_set_psk_client_callback             client: `psk`
//   SSL_CTX_set_tlsext_ticket_key_evp_cb        server: `ticket_keys`
//   SSL_CTX_sess_set_new_cb                     client: `session_cache`
//   SSL_CTX_set_client_hello_cb                 server: `on_client_hello`. Replaced where that is set, each client
//                                               is refused at the end of the handshake.
//   SSL_CTX_set_info_callback                   alerts, in `ssl_context::counters()`, and key updates, in a stream's
//   SSL_CTX_set_msg_callback                    `message_trace`
//   SSL_CTX_set_keylog_callback                 `keylog_file`
//   SSL_CTX_set_default_passwd_cb               nothing ever asks at a terminal
//
// The connection: the BIO, the session id context, a client's session (SSL_set_session) and the verify
// mode. Ours in SSL_CTX_set_ex_data and SSL_set_ex_data are indexes that OpenSSL has given to us alone.
//
// Free: SSL_CTX_set_app_data and SSL_set_app_data, indexes of SSL_get_ex_new_index, and all other
// callbacks: of the hello (SSL_CTX_set_client_hello_cb) where `on_client_hello` is not set, of messages (where `message_trace` is not set), of
// SSL_set_verify ...
// Sessions stay bound to the name and the rules under which they were made.

namespace iostls {

/// The connection, or null if the buffer is not open. The buffer keeps ownership. Query it, or
/// configure it before the handshake; reading, writing, shutting down and the BIO are the buffer's
/// business. Not to be used while another thread uses the connection.
/// Where `on_client_hello` chooses another context, another SSL takes the place of this one in the
/// handshake, without what was set up here; this one then stays valid until the stream is gone, and does
/// nothing any more.
IOSTLS_EXPORT SSL* native_handle(ssl_streambuf& buffer) noexcept;

/// The context, until the next `reload()`, which makes another one and may free this one. The
/// context keeps ownership. Change it before the first stream is made of it, or not at all.
IOSTLS_EXPORT SSL_CTX* native_handle(const ssl_context& context) noexcept;

}  // namespace iostls
