// SPDX-License-Identifier: Apache-2.0
/// \file
/// Self-signed certificates for demos and tests.
#pragma once

#include <string>
#include <vector>

#include <iostls/export.hpp>
#include <iostls/options.hpp>

namespace iostls {

/// A certificate and its key, in memory.
struct credential {
  pem_text certificate;
  pem_text key;
  /// The password of `key`; empty if the key is not encrypted.
  std::string password;
};

/// Makes a temporary key (ECDSA, P-256) and a self-signed certificate for it, valid for a week, from
/// an hour ago on, for the given host names and IP addresses. The key is not encrypted. A client trusts
/// it by `context_options::ca_certificates = c.certificate`. Throws `ssl_error` (`bad_configuration`)
/// if no name is given, or if one is neither a host name nor an address.
/// \code
///   const credential c = self_signed_certificate({"localhost", "127.0.0.1"});
/// \endcode
IOSTLS_EXPORT credential self_signed_certificate(const std::vector<std::string>& names);

}  // namespace iostls
