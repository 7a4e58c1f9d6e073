// SPDX-License-Identifier: Apache-2.0
/// \file
/// TLSA records of DANE: certificates and keys of servers, published in DNS.
#pragma once

#include <cstdint>
#include <string>

#include <iostls/export.hpp>

namespace iostls {

/// A TLSA record (RFC 6698, 2.1), as the DNS has it at "_25._tcp.mail.example.org". This library makes no
/// DNS queries: pass only records whose DNSSEC signatures have been validated, for example by a
/// local resolver that sets the bit AD.
///
/// A number that is unknown here is no error: the record is unusable, see `fault()`.
struct tlsa_record {
  /// What must match, and whether authorities are needed (RFC 6698, 2.1.1):
  /// 0, PKIX-TA: an authority in the chain, which must also lead to a trusted authority;
  /// 1, PKIX-EE: the server's own certificate, whose chain must lead to a trusted authority;
  /// 2, DANE-TA: an authority that the server sends, or that is in the record: it is trusted;
  /// 3, DANE-EE: the server's own certificate or key. Nothing else in the certificate counts.
  std::uint8_t usage = 0;
  /// What of the certificate: 0, all of it; 1, its SubjectPublicKeyInfo.
  std::uint8_t selector = 0;
  /// How it is compared: 0, as it is; 1, by its SHA-256; 2, by its SHA-512.
  std::uint8_t matching_type = 0;
  /// The bytes to compare with: DER, or a digest.
  std::string data;

  /// Reads the text of zone files and of dig(1): "3 1 1 0C72AC70...", with the data in hexadecimal digits,
  /// which may have white space in between. Throws `ssl_error` (`bad_configuration`, operation
  /// "tlsa_records") for anything else.
  IOSTLS_EXPORT static tlsa_record parse(const std::string& text);

  /// Reads the RDATA of a DNS response: three bytes, then the data. Throws the same for fewer bytes.
  IOSTLS_EXPORT static tlsa_record from_rdata(const std::string& bytes);

  /// The text of zone files: "3 1 1 0c72ac70...".
  IOSTLS_EXPORT std::string text() const;

  /// Why the record is unusable: an unknown number, or data that are not what the numbers announce. Empty
  /// if it is usable.
  IOSTLS_EXPORT std::string fault() const;
};

inline bool operator==(const tlsa_record& a, const tlsa_record& b) {
  return a.usage == b.usage && a.selector == b.selector && a.matching_type == b.matching_type &&
         a.data == b.data;
}
inline bool operator!=(const tlsa_record& a, const tlsa_record& b) { return !(a == b); }

}  // namespace iostls
