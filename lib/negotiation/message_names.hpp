// SPDX-License-Identifier: Apache-2.0
// Names of the numbers in TLS messages, as SSL_trace(3) has them.
#pragma once

#include <cstddef>
#include <string>

namespace iostls {
namespace detail {

// "Handshake", "ClientHello", "server_name", "ecdsa_secp256r1_sha256", "ecdh_x25519"; "UNKNOWN" for
// other numbers.
std::string content_type_name(std::size_t type);
std::string handshake_type_name(std::size_t type);
std::string extension_name(std::size_t type);
std::string signature_scheme_name(std::size_t scheme);
std::string named_group_name(std::size_t group);

// "TLS 1.2"; "UNKNOWN" for other numbers.
std::string wire_version_name(std::size_t version);

}  // namespace detail
}  // namespace iostls
