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

class certificate;

namespace detail {
std::string subject_excerpt(const certificate& c);
}  // namespace detail

/// What a subject alternative name (RFC 5280, 4.2.1.6) is.
enum class name_type { dns, ip_address, email, uri, directory, other };

/// A subject alternative name as it is in the certificate. It may hold anything, including NULs and bytes
/// that are no UTF-8.
struct alternative_name {
  name_type type = name_type::other;
  /// An address as text ("2001:db8::1"), a directory name as in `certificate::subject()`; of another
  /// name, its characters if it is a string, else its DER encoding.
  std::string value;
  std::string oid;  ///< of another name, its type: "1.3.6.1.4.1.311.20.2.3"; otherwise empty
};

/// An X.509 certificate (RFC 5280), read only. Copies share it. An empty certificate, which means
/// that the peer sent none, converts to false, and its accessors return empty values.
class IOSTLS_EXPORT certificate {
 public:
  certificate() = default;

  /// The first certificate of a PEM text. Throws `ssl_error` (`bad_credentials`) if there is none.
  static certificate from_pem(const std::string& pem);

  /// From DER. Throws `ssl_error` (`bad_credentials`) unless the bytes are one certificate.
  static certificate from_der(const std::string& der);

  explicit operator bool() const noexcept { return static_cast<bool>(x509_); }

  /// The distinguished name, as RFC 2253 writes it: "CN=example.org,O=Example". Do not use it to
  /// decide who the peer is: use `matches()`.
  std::string subject() const;
  std::string issuer() const;

  /// The serial number in upper-case hexadecimal, as `openssl x509 -serial` prints it.
  std::string serial() const;

  /// The names by which a program may know its peer, one kind each. They can be compared, and written into
  /// a log, as they are, since they contain only what such a name may contain: printable ASCII without
  /// blanks. A name with a NUL, a control character or another byte is left out. They are
  /// as the authority wrote them: "*.example.org" is a pattern, and letters of host names have no case.
  std::vector<std::string> dns_names() const;
  std::vector<std::string> ip_addresses() const;     ///< "192.0.2.1", "2001:db8::1"
  std::vector<std::string> email_addresses() const;  ///< "alice@example.org"
  std::vector<std::string> uris() const;             ///< "spiffe://example.org/backend"
  /// Of Microsoft's directories: "alice@corp.example", in UTF-8, without control characters.
  std::vector<std::string> user_principal_names() const;
  /// The common name of the subject, in UTF-8; empty if there is none or more than one, or if it holds a
  /// control character or is no valid text.
  std::string common_name() const;

  /// All subject alternative names, in their order and with their types.
  std::vector<alternative_name> alternative_names() const;

  /// The type of the public key by OpenSSL's name ("RSA", "EC", "ED25519"), and its size in bits; empty
  /// and 0 for a key that OpenSSL does not know.
  std::string key_type() const;
  int key_bits() const;

  /// The public key as `pinned_public_keys` and curl take it: "sha256//" and the SHA-256 of its DER
  /// encoding in base 64.
  std::string public_key_pin() const;

  /// How its authority has signed it, by OpenSSL's name: "ecdsa-with-SHA256"; the number of an algorithm
  /// that OpenSSL does not know: "1.2.3".
  std::string signature_algorithm() const;

  /// What the key may be used for, as in x509v3_config(5): "digitalSignature", "keyCertSign"; empty if
  /// the certificate does not say (RFC 5280, 4.2.1.3).
  std::vector<std::string> key_usage() const;

  /// For which purposes, as in `context_options::peer_purposes`: "serverAuth", "clientAuth", "any"; the
  /// number of one that OpenSSL does not know. Empty if the certificate does not say (RFC 5280, 4.2.1.12).
  std::vector<std::string> extended_key_usage() const;

  /// Whether it is an authority's, by its basic constraints (RFC 5280, 4.2.1.9).
  bool is_authority() const;

  /// Where its authority answers OCSP requests, has its own certificate, and its revocation lists.
  std::vector<std::string> ocsp_uris() const;
  std::vector<std::string> issuer_uris() const;
  std::vector<std::string> crl_uris() const;

  /// The identifiers of its key and of its authority's key, in lower-case hexadecimal; empty if it has
  /// none.
  std::string subject_key_id() const;
  std::string authority_key_id() const;

  /// The period of validity; the epoch if the certificate is empty.
  std::chrono::system_clock::time_point not_before() const;
  std::chrono::system_clock::time_point not_after() const;

  /// The names that the certificate is valid for, unchanged: host names and addresses
  /// ("example.org", "*.example.org", "192.0.2.1", "2001:db8::1"), e-mail addresses and URIs.
  std::vector<std::string> subject_alt_names() const;

  /// SHA-256 of the whole certificate, in 64 lower-case hexadecimal digits.
  std::string fingerprint_sha256() const;

  /// The certificate in DER, byte for byte as it was signed.
  std::string der() const;

  /// The certificate as PEM text.
  std::string pem() const;

  /// Whether the certificate is valid for a host name or IP address, by the rules that a client
  /// stream applies (see `connection_options::server_name`). Does not check trust.
  bool matches(const std::string& host) const;

  /// For the library itself: takes over one reference to an OpenSSL X509.
  explicit certificate(std::shared_ptr<void> x509) : x509_(std::move(x509)) {}

 private:
  friend IOSTLS_EXPORT std::ostream& operator<<(std::ostream& out, const certificate& c);
  friend std::string detail::subject_excerpt(const certificate& c);
  std::shared_ptr<void> x509_;
};

/// Prints subject, issuer, validity, names and fingerprint, one per line.
IOSTLS_EXPORT std::ostream& operator<<(std::ostream& out, const certificate& c);

}  // namespace iostls
