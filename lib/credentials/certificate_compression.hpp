// SPDX-License-Identifier: Apache-2.0
// Certificate compression (RFC 8879), which OpenSSL has since version 3.2.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <openssl/ssl.h>

#include <iostls/setting.hpp>

namespace iostls {
namespace detail {

// Neither sends compressed certificates nor asks for them. OpenSSL does both unless it is told
// otherwise: since 3.2, and a library that was built with an older one may be loaded with that. The two
// options are bits 32 and 33 in each 3.x, and have no meaning before.
#ifdef SSL_OP_NO_RX_CERTIFICATE_COMPRESSION
inline constexpr std::uint64_t no_certificate_compression =
    SSL_OP_NO_TX_CERTIFICATE_COMPRESSION | SSL_OP_NO_RX_CERTIFICATE_COMPRESSION;
#else
inline constexpr std::uint64_t no_certificate_compression = std::uint64_t{3} << 32U;
#endif

// RFC 8879, 7.3; 0 for any other name.
int compression_number(const std::string& name) noexcept;

// Applies the option `certificate_compression`, whose value has been checked, to a fresh context whose
// SSL_OP_NO_TX_CERTIFICATE_COMPRESSION and SSL_OP_NO_RX_CERTIFICATE_COMPRESSION are set. Throws ssl_error
// (bad_configuration) if OpenSSL lacks an algorithm that is not optional.
void apply_certificate_compression(SSL_CTX* ctx, const setting<std::vector<std::string>>& names);

// OpenSSL never compresses during a server's handshake: this does it before, for the certificate of such a
// context. There must be no OCSP response to staple, which would be missing in what is compressed.
void compress_certificate(SSL_CTX* ctx) noexcept;

struct compressed_certificate {
  int algorithm;
  std::size_t original_size;
  std::vector<unsigned char> data;
};

// The same for the certificate of a server's connection that has not begun; see `use_compressed`.
std::vector<compressed_certificate> compressed_certificates(SSL* trial);

// For a connection in which the same certificate, with its chain, has just been installed. False if memory is
// short.
bool use_compressed(SSL* ssl, const std::vector<compressed_certificate>& all) noexcept;

}  // namespace detail
}  // namespace iostls
