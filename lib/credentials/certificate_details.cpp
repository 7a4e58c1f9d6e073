// SPDX-License-Identifier: Apache-2.0
// Accessors for a certificate's key, uses, names, and authority.
#include <iostls/certificate.hpp>

#include <array>
#include <cstdint>

#include <openssl/evp.h>
#include <openssl/x509v3.h>

#include "base/hexadecimal.hpp"
#include "base/length_prefixed.hpp"
#include "credentials/public_key_pin.hpp"
#include "credentials/subject_names.hpp"
#include "openssl/error_queue.hpp"
#include "openssl/openssl_ptr.hpp"

namespace iostls {
namespace {

using detail::error_queue_mark;
using detail::openssl_ptr;

using purposes_ptr = openssl_ptr<EXTENDED_KEY_USAGE, EXTENDED_KEY_USAGE_free>;
using access_ptr = openssl_ptr<AUTHORITY_INFO_ACCESS, AUTHORITY_INFO_ACCESS_free>;
using points_ptr = openssl_ptr<CRL_DIST_POINTS, CRL_DIST_POINTS_free>;

X509* x509_of(const std::shared_ptr<void>& x509) { return static_cast<X509*>(x509.get()); }

template <class Ptr>
Ptr extension(const std::shared_ptr<void>& x509, int nid) {
  if (!x509) return nullptr;
  return Ptr(
      static_cast<typename Ptr::pointer>(X509_get_ext_d2i(x509_of(x509), nid, nullptr, nullptr)));
}

std::string purpose_name(const ASN1_OBJECT* purpose) {
  const int nid = OBJ_obj2nid(purpose);
  if (nid == NID_anyExtendedKeyUsage) return "any";
  return nid != NID_undef ? OBJ_nid2sn(nid) : detail::number_text(purpose);
}

// The URIs of one kind of the extension authorityInfoAccess (RFC 5280, 4.2.2.1).
std::vector<std::string> access_uris(const std::shared_ptr<void>& x509, int kind) {
  const error_queue_mark quiet;
  std::vector<std::string> uris;
  const auto all = extension<access_ptr>(x509, NID_info_access);
  for (int i = 0; all != nullptr && i < sk_ACCESS_DESCRIPTION_num(all.get()); ++i) {
    const ACCESS_DESCRIPTION* const each = sk_ACCESS_DESCRIPTION_value(all.get(), i);
    if (OBJ_obj2nid(each->method) == kind) detail::add_uri(uris, each->location);
  }
  return uris;
}

void add_uris(std::vector<std::string>& uris, const DIST_POINT* point) {
  if (point->distpoint == nullptr || point->distpoint->type != 0) return;
  const GENERAL_NAMES* const names = point->distpoint->name.fullname;
  for (int i = 0; i < sk_GENERAL_NAME_num(names); ++i) {
    detail::add_uri(uris, sk_GENERAL_NAME_value(names, i));
  }
}

std::string hexadecimal(const ASN1_OCTET_STRING* bytes) {
  if (bytes == nullptr) return {};
  return detail::hexadecimal(ASN1_STRING_get0_data(bytes),
                             static_cast<std::size_t>(ASN1_STRING_length(bytes)));
}

}  // namespace

std::string certificate::der() const {
  const error_queue_mark quiet;
  return x509_ ? detail::to_der<const X509>(x509_of(x509_), i2d_X509) : std::string();
}

std::string certificate::public_key_pin() const {
  const error_queue_mark quiet;
  detail::pin pin{};
  return x509_ && detail::pin_of(x509_of(x509_), pin) ? detail::to_text(pin) : std::string();
}

std::string certificate::key_type() const {
  const error_queue_mark quiet;
  const EVP_PKEY* const key = x509_ ? X509_get0_pubkey(x509_of(x509_)) : nullptr;
  const char* const name = key != nullptr ? EVP_PKEY_get0_type_name(key) : nullptr;
  return name != nullptr ? name : "";
}

int certificate::key_bits() const {
  const error_queue_mark quiet;
  const EVP_PKEY* const key = x509_ ? X509_get0_pubkey(x509_of(x509_)) : nullptr;
  return key != nullptr ? EVP_PKEY_get_bits(key) : 0;
}

std::string certificate::signature_algorithm() const {
  if (!x509_) return {};
  const error_queue_mark quiet;
  const X509_ALGOR* algorithm = nullptr;
  const ASN1_OBJECT* object = nullptr;
  X509_get0_signature(nullptr, &algorithm, x509_of(x509_));
  X509_ALGOR_get0(&object, nullptr, nullptr, algorithm);
  const int nid = OBJ_obj2nid(object);
  return nid != NID_undef ? OBJ_nid2ln(nid) : detail::number_text(object);
}

std::vector<std::string> certificate::key_usage() const {
  struct usage {
    std::uint32_t bit;
    const char* name;
  };
  static const std::array<usage, 9> usages = {{{KU_DIGITAL_SIGNATURE, "digitalSignature"},
                                               {KU_NON_REPUDIATION, "nonRepudiation"},
                                               {KU_KEY_ENCIPHERMENT, "keyEncipherment"},
                                               {KU_DATA_ENCIPHERMENT, "dataEncipherment"},
                                               {KU_KEY_AGREEMENT, "keyAgreement"},
                                               {KU_KEY_CERT_SIGN, "keyCertSign"},
                                               {KU_CRL_SIGN, "cRLSign"},
                                               {KU_ENCIPHER_ONLY, "encipherOnly"},
                                               {KU_DECIPHER_ONLY, "decipherOnly"}}};
  std::vector<std::string> names;
  if (!x509_) return names;
  const error_queue_mark quiet;
  if ((X509_get_extension_flags(x509_of(x509_)) & EXFLAG_KUSAGE) == 0) return names;
  const std::uint32_t bits = X509_get_key_usage(x509_of(x509_));
  for (const usage& each : usages) {
    if ((bits & each.bit) != 0) names.emplace_back(each.name);
  }
  return names;
}

std::vector<std::string> certificate::extended_key_usage() const {
  const error_queue_mark quiet;
  std::vector<std::string> names;
  const auto all = extension<purposes_ptr>(x509_, NID_ext_key_usage);
  for (int i = 0; all != nullptr && i < sk_ASN1_OBJECT_num(all.get()); ++i) {
    names.push_back(purpose_name(sk_ASN1_OBJECT_value(all.get(), i)));
  }
  return names;
}

bool certificate::is_authority() const {
  const error_queue_mark quiet;
  return x509_ && X509_check_ca(x509_of(x509_)) == 1;
}

std::vector<alternative_name> certificate::alternative_names() const {
  return x509_ ? detail::typed_names(x509_of(x509_)) : std::vector<alternative_name>();
}

std::string certificate::common_name() const {
  return x509_ ? detail::only_common_name(x509_of(x509_)) : std::string();
}

std::vector<std::string> certificate::dns_names() const {
  return x509_ ? detail::plain_names(x509_of(x509_), name_type::dns) : std::vector<std::string>();
}

std::vector<std::string> certificate::ip_addresses() const {
  return x509_ ? detail::plain_names(x509_of(x509_), name_type::ip_address)
               : std::vector<std::string>();
}

std::vector<std::string> certificate::email_addresses() const {
  return x509_ ? detail::plain_names(x509_of(x509_), name_type::email) : std::vector<std::string>();
}

std::vector<std::string> certificate::uris() const {
  return x509_ ? detail::plain_names(x509_of(x509_), name_type::uri) : std::vector<std::string>();
}

std::vector<std::string> certificate::user_principal_names() const {
  return x509_ ? detail::principal_names(x509_of(x509_)) : std::vector<std::string>();
}

std::vector<std::string> certificate::ocsp_uris() const { return access_uris(x509_, NID_ad_OCSP); }

std::vector<std::string> certificate::issuer_uris() const {
  return access_uris(x509_, NID_ad_ca_issuers);
}

std::vector<std::string> certificate::crl_uris() const {
  const error_queue_mark quiet;
  std::vector<std::string> uris;
  const auto all = extension<points_ptr>(x509_, NID_crl_distribution_points);
  for (int i = 0; all != nullptr && i < sk_DIST_POINT_num(all.get()); ++i) {
    add_uris(uris, sk_DIST_POINT_value(all.get(), i));
  }
  return uris;
}

std::string certificate::subject_key_id() const {
  const error_queue_mark quiet;
  return x509_ ? hexadecimal(X509_get0_subject_key_id(x509_of(x509_))) : std::string();
}

std::string certificate::authority_key_id() const {
  const error_queue_mark quiet;
  return x509_ ? hexadecimal(X509_get0_authority_key_id(x509_of(x509_))) : std::string();
}

}  // namespace iostls
