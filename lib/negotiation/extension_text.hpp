// SPDX-License-Identifier: Apache-2.0
// Extensions, and single values, of TLS messages in the words of SSL_trace(3); see message_text.hpp.
#pragma once

#include <cstddef>
#include <string>

#include <openssl/ssl.h>

#include "base/message_reader.hpp"

namespace iostls {
namespace detail {

// The message that has the extensions: the form of some depends on it.
enum class extension_place { client_hello, server_hello, encrypted, certificate, session_ticket };

// Reads all extensions, with their length in front; there may be none. False if they are malformed.
bool extensions_text(message_reader& body, extension_place place, std::string& text);

// "{0x13, 0x02} TLS_AES_256_GCM_SHA384".
std::string cipher_suite_text(SSL* ssl, std::size_t suite);

// "ecdsa_secp256r1_sha256 (0x0403)".
std::string signature_text(std::size_t scheme);

}  // namespace detail
}  // namespace iostls
