// SPDX-License-Identifier: Apache-2.0
/// \file
/// OpenSSL's objects beneath, for what iostls does not wrap. This is the only public header that
/// names OpenSSL; a program that includes it needs OpenSSL's headers and links with libssl itself.
#pragma once

#include <openssl/ssl.h>

#include <iostls/export.hpp>
#include <iostls/ssl_context.hpp>
#include <iostls/ssl_streambuf.hpp>

namespace iostls {

/// The connection, or null if the buffer is not open. It stays the buffer's. Ask it, or set it up
/// before the handshake; reading, writing and shutting down are the buffer's business, and so is
/// its BIO. Not to be used while another thread uses the connection.
IOSTLS_EXPORT SSL* native_handle(ssl_streambuf& buffer) noexcept;

/// The context, as it is until the next `reload()`, which makes another one and may free this one. It
/// stays the context's. Change it before the first stream is made of it, or not at all.
IOSTLS_EXPORT SSL_CTX* native_handle(const ssl_context& context) noexcept;

}  // namespace iostls
