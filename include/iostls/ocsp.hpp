// SPDX-License-Identifier: Apache-2.0
/// \file
/// OCSP: the current status of a certificate, from its issuer (RFC 6960), stapled by the server to the
/// handshake (RFC 6066).
#pragma once

#include <iosfwd>
#include <string>
#include <utility>

#include <iostls/export.hpp>

namespace iostls {

/// Where an OCSP response comes from: a file, named by its path, or memory. DER, which is what
/// responders send and `openssl ocsp -respout` writes, or a PEM block "OCSP RESPONSE". Empty by
/// default.
class ocsp_source {
 public:
  ocsp_source() = default;
  ocsp_source(const char* path) : data_(path) {}             // NOLINT: meant to be implicit
  ocsp_source(std::string path) : data_(std::move(path)) {}  // NOLINT: meant to be implicit

  /// The response itself.
  static ocsp_source from_bytes(std::string bytes) {
    ocsp_source result(std::move(bytes));
    result.is_path_ = false;
    return result;
  }

  bool empty() const noexcept { return data_.empty() && is_path_; }
  /// True if `data()` is a path, false if it is the response.
  bool is_path() const noexcept { return is_path_; }
  const std::string& data() const noexcept { return data_; }

 private:
  std::string data_;
  bool is_path_ = true;
};

/// Whether a client asks if the server's certificate was revoked.
enum class ocsp_mode {
  none,     ///< it does not ask
  request,  ///< it asks, and continues without a response, or with the status "unknown"
  require   ///< it asks, and continues only if the certificate is good
};

/// What a client has learned about the server's certificate.
enum class ocsp_result {
  not_requested,  ///< it did not ask, or no certificate was shown, as with a pre-shared key
  missing,        ///< the server has sent no response
  good,
  revoked,
  unknown,  ///< the responder does not know the certificate
  expired,  ///< the response is not valid at this time
  invalid   ///< the response cannot be trusted: it is broken, or about another certificate, or not
            ///< signed by the issuer; or the certificate itself does not verify
};

/// Writes the name: "not requested", "missing", "good" ...
IOSTLS_EXPORT std::ostream& operator<<(std::ostream& out, ocsp_result result);

}  // namespace iostls
