// SPDX-License-Identifier: Apache-2.0
/// \file
/// Custom verification of certificates.
#pragma once

#include <functional>
#include <string>

#include <iostls/certificate.hpp>

namespace iostls {

/// One finding about one certificate of the peer's chain. Errors are reported as they are found;
/// then each certificate is reported once, when it has passed, from the root down to the peer's
/// own.
struct verify_event {
  /// The certificate that this is about. It may be empty if an error is not about a certificate
  /// but, for example, about a revocation list.
  iostls::certificate certificate;
  int depth = 0;         ///< its place in the chain: 0 is the peer's own
  bool accepted = true;  ///< by OpenSSL
  long code = 0;         ///< X509_V_OK (0), or the error, as in `ssl_error::verify_result()`
  std::string text;      ///< the same in words; empty if X509_V_OK
  /// Client: the `server_name` of the connection. Server: the name that the client has asked for.
  std::string server_name;
};

/// Returns whether verification continues as if the certificate were good.
/// \code
///   options.verify_callback = [](const verify_event& e) {
///     return e.accepted && !(e.depth == 0 && is_blocked(e.certificate.serial()));
///   };
/// \endcode
using verify_function = std::function<bool(const verify_event&)>;

}  // namespace iostls
