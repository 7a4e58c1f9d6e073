// SPDX-License-Identifier: Apache-2.0
/// \file
/// X.509 certificates, such as the peer's: reading their fields.
#pragma once

#include <chrono>
#include <iosfwd>
#include <memory>
#include <string>
#include <vector>

#include <iostls/export.hpp>

namespace iostls {

/// An X.509 certificate (RFC 5280), read only. Copies share it. An empty certificate, which means
/// that the peer sent none, converts to false, and its accessors return empty values.
class IOSTLS_EXPORT certificate {
 public:
  certificate() = default;

  /// The first certificate of a PEM text. Throws `ssl_error` (`bad_credentials`) if there is none.
  static certificate from_pem(const std::string& pem);

  explicit operator bool() const noexcept { return static_cast<bool>(x509_); }

  /// The distinguished name, as RFC 2253 writes it: "CN=example.org,O=Example". Do not use it to
  /// decide who the peer is: use `matches()`.
  std::string subject() const;
  std::string issuer() const;

  /// The serial number in upper-case hexadecimal, as `openssl x509 -serial` prints it.
  std::string serial() const;

  /// The period of validity; the epoch if the certificate is empty.
  std::chrono::system_clock::time_point not_before() const;
  std::chrono::system_clock::time_point not_after() const;

  /// The names that the certificate is valid for, unchanged: host names and addresses
  /// ("example.org", "*.example.org", "192.0.2.1", "2001:db8::1"), e-mail addresses and URIs.
  std::vector<std::string> subject_alt_names() const;

  /// SHA-256 of the whole certificate, in 64 lower-case hexadecimal digits.
  std::string fingerprint_sha256() const;

  /// The certificate as PEM text.
  std::string pem() const;

  /// Whether the certificate is valid for a host name or IP address, by the rules that a client
  /// stream applies (see `connection_options::server_name`). Does not check trust.
  bool matches(const std::string& host) const;

  /// For the library itself: takes over one reference to an OpenSSL X509.
  explicit certificate(std::shared_ptr<void> x509) : x509_(std::move(x509)) {}

 private:
  std::shared_ptr<void> x509_;
};

/// Prints subject, issuer, validity, names and fingerprint, one per line.
IOSTLS_EXPORT std::ostream& operator<<(std::ostream& out, const certificate& c);

}  // namespace iostls
