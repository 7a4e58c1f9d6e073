// SPDX-License-Identifier: Apache-2.0
/// \file
/// Encrypted Client Hello (ECH, RFC 9849): what became of it.
#pragma once

#include <iosfwd>

#include <iostls/export.hpp>

namespace iostls {

/// Whether the name of the server that a client asks for was hidden from the network.
enum class ech_result {
  not_offered,  ///< the client has no `ech_config`; always so on a server
  grease,       ///< the client has sent random bytes in its place, see `ech_grease`
  accepted,     ///< the server has decrypted the hello: the name was hidden
  rejected      ///< the server has not, and the handshake has failed: see `ssl_errc::ech_rejected`
};

/// Writes the name: "not offered", "grease", "accepted", "rejected".
IOSTLS_EXPORT std::ostream& operator<<(std::ostream& out, ech_result result);

}  // namespace iostls
