// SPDX-License-Identifier: Apache-2.0
// Messages of TLS in the words of SSL_trace(3), without what is secret in them.
#pragma once

#include <string>
#include <string_view>

#include <openssl/ssl.h>

namespace iostls {
namespace detail {

// A message of OpenSSL's message callback: its kind (SSL3_RT_...), the version of the protocol, and its
// bytes. The text ends with an empty line, except after the header of a record, since the message
// follows; empty for kinds that SSL_trace does not show.
//
// What is shown is chosen here, field by field; of everything else, there is only the length: so of
// randoms, session identifiers, tickets, identities and binders of pre-shared keys, cookies, key
// shares, signatures and the contents of Finished.
std::string message_text(SSL* ssl, bool is_sent, int version, int kind, std::string_view bytes);

}  // namespace detail
}  // namespace iostls
