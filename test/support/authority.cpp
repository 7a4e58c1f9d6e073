// SPDX-License-Identifier: Apache-2.0
#include "authority.hpp"

#include <ctime>
#include <stdexcept>

#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include "pem.hpp"

namespace iostls {
namespace test {
namespace {

template <class T>
using owner = std::unique_ptr<T, void (*)(T*)>;

std::time_t from_now(std::chrono::seconds offset) {
  return std::time(nullptr) + static_cast<std::time_t>(offset.count());
}

std::shared_ptr<X509_NAME> make_name(const std::string& common_name) {
  std::shared_ptr<X509_NAME> name(X509_NAME_new(), X509_NAME_free);
  if (common_name.empty()) return name;
  require(X509_NAME_add_entry_by_txt(name.get(), "CN", MBSTRING_UTF8,
                                     reinterpret_cast<const unsigned char*>(common_name.data()),
                                     static_cast<int>(common_name.size()), -1, 0) == 1,
          "X509_NAME_add_entry_by_txt");
  return name;
}

void set_random_serial(X509* x509) {
  unsigned char bytes[8];
  require(RAND_bytes(bytes, sizeof bytes) == 1, "RAND_bytes");
  bytes[0] = static_cast<unsigned char>((bytes[0] & 0x3F) | 0x40);  // positive, of full length
  const owner<BIGNUM> number(BN_bin2bn(bytes, sizeof bytes, nullptr), BN_free);
  require(BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(x509)) != nullptr, "serial");
}

// What every certificate has; `x509` still lacks extensions and signature.
std::shared_ptr<X509> make_certificate(const X509_NAME* subject, const X509_NAME* issuer,
                                       EVP_PKEY* key, const validity& valid) {
  std::shared_ptr<X509> x509(X509_new(), X509_free);
  require(X509_set_version(x509.get(), 2) == 1, "X509_set_version");
  set_random_serial(x509.get());
  require(X509_set_subject_name(x509.get(), subject) == 1, "X509_set_subject_name");
  require(X509_set_issuer_name(x509.get(), issuer) == 1, "X509_set_issuer_name");
  require(X509_set_pubkey(x509.get(), key) == 1, "X509_set_pubkey");
  require(ASN1_TIME_set(X509_getm_notBefore(x509.get()), from_now(valid.from)) != nullptr &&
              ASN1_TIME_set(X509_getm_notAfter(x509.get()), from_now(valid.to)) != nullptr,
          "ASN1_TIME_set");
  return x509;
}

void add_extension(X509* x509, X509* issuer, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, x509, nullptr, nullptr, 0);
  const owner<X509_EXTENSION> extension(X509V3_EXT_nconf_nid(nullptr, &context, nid, value.c_str()),
                                        X509_EXTENSION_free);
  require(extension && X509_add_ext(x509, extension.get(), -1) == 1, value.c_str());
}

// Done by hand, as the text form of the extension cannot hold commas or a NUL.
GENERAL_NAME* general_name(const std::string& name) {
  owner<GENERAL_NAME> result(GENERAL_NAME_new(), GENERAL_NAME_free);
  const bool has_nul = name.find('\0') != std::string::npos;
  if (ASN1_OCTET_STRING* const address = has_nul ? nullptr : a2i_IPADDRESS(name.c_str())) {
    GENERAL_NAME_set0_value(result.get(), GEN_IPADD, address);
    return result.release();
  }
  int type = GEN_DNS;
  if (name.find("://") != std::string::npos) {
    type = GEN_URI;
  } else if (name.find('@') != std::string::npos) {
    type = GEN_EMAIL;
  }
  ASN1_IA5STRING* const text = ASN1_IA5STRING_new();
  require(ASN1_STRING_set(text, name.data(), static_cast<int>(name.size())) == 1,
          "ASN1_STRING_set");
  GENERAL_NAME_set0_value(result.get(), type, text);
  return result.release();
}

void add_names(X509* x509, const std::vector<std::string>& names) {
  const owner<GENERAL_NAMES> list(GENERAL_NAMES_new(), GENERAL_NAMES_free);
  for (const std::string& name : names) sk_GENERAL_NAME_push(list.get(), general_name(name));
  require(X509_add1_ext_i2d(x509, NID_subject_alt_name, list.get(), 0, 0) == 1, "subjectAltName");
}

void add_authority_extensions(X509* x509, X509* issuer) {
  add_extension(x509, issuer, NID_basic_constraints, "critical,CA:TRUE");
  add_extension(x509, issuer, NID_key_usage, "critical,keyCertSign,cRLSign");
  add_extension(x509, issuer, NID_subject_key_identifier, "hash");
}

void sign(X509* x509, EVP_PKEY* key) {
  const int kind = EVP_PKEY_get_base_id(key);
  const bool needs_no_digest = kind == EVP_PKEY_ED25519 || kind == EVP_PKEY_ED448;
  require(X509_sign(x509, key, needs_no_digest ? nullptr : EVP_sha256()) > 0, "X509_sign");
}

void revoke(X509_CRL* crl, const std::string& certificate) {
  const owner<X509_REVOKED> entry(X509_REVOKED_new(), X509_REVOKED_free);
  const owner<ASN1_TIME> now(ASN1_TIME_set(nullptr, from_now(std::chrono::seconds(-60))),
                             ASN1_TIME_free);
  const std::shared_ptr<X509> x509 = certificate_from(certificate);
  require(X509_REVOKED_set_serialNumber(entry.get(), X509_get_serialNumber(x509.get())) == 1 &&
              X509_REVOKED_set_revocationDate(entry.get(), now.get()) == 1,
          "X509_REVOKED");
  X509_REVOKED* const copy = X509_REVOKED_dup(entry.get());
  require(X509_CRL_add0_revoked(crl, copy) == 1, "X509_CRL_add0_revoked");
}

}  // namespace

authority::authority(const std::string& name, const validity& valid, key_type key)
    : authority(nullptr, name, valid, key) {}

authority::authority(const authority* issuer, const std::string& name, const validity& valid,
                     key_type key, const std::string& constraints)
    : key_(make_key(key)) {
  const std::shared_ptr<X509_NAME> subject = make_name(name);
  const X509_NAME* const issuer_name =
      issuer != nullptr ? X509_get_subject_name(issuer->x509_.get()) : subject.get();
  x509_ = make_certificate(subject.get(), issuer_name, key_.get(), valid);
  add_authority_extensions(x509_.get(), issuer != nullptr ? issuer->x509_.get() : x509_.get());
  if (!constraints.empty()) {
    add_extension(x509_.get(), x509_.get(), NID_name_constraints, constraints);
  }
  sign(x509_.get(), issuer != nullptr ? issuer->key_.get() : key_.get());
  certificate_ = to_pem(x509_.get());
  if (issuer != nullptr) chain_ = certificate_ + issuer->chain_;
}

authority authority::intermediate(const std::string& name, const validity& valid) const {
  return authority(this, name, valid, key_type::p256);
}

authority authority::constrained(const std::string& constraints) const {
  return authority(this, "Constrained", {}, key_type::p256, constraints);
}

std::string authority::cross_certificate(const authority& other, const validity& valid) const {
  const std::shared_ptr<X509> x509 =
      make_certificate(X509_get_subject_name(other.x509_.get()), X509_get_subject_name(x509_.get()),
                       other.key_.get(), valid);
  add_authority_extensions(x509.get(), x509_.get());
  sign(x509.get(), key_.get());
  return to_pem(x509.get());
}

issued authority::leaf(const leaf_options& options) const {
  const std::shared_ptr<EVP_PKEY> key = make_key(options.key);
  const std::shared_ptr<X509> x509 =
      make_certificate(make_name(options.common_name).get(), X509_get_subject_name(x509_.get()),
                       key.get(), options.valid);
  add_extension(x509.get(), x509_.get(), NID_basic_constraints, "critical,CA:FALSE");
  if (options.names_issuer_key) {
    add_extension(x509.get(), x509_.get(), NID_authority_key_identifier, "keyid");
  }
  if (!options.names.empty()) add_names(x509.get(), options.names);
  if (!options.extended_key_usage.empty()) {
    add_extension(x509.get(), x509_.get(), NID_ext_key_usage, options.extended_key_usage);
  }
  if (options.must_staple) {
    add_extension(x509.get(), x509_.get(), NID_tlsfeature, "status_request");
  }
  sign(x509.get(), key_.get());
  return {to_pem(x509.get()) + chain_, to_pem(key.get(), options.password)};
}

std::string authority::crl(const std::vector<std::string>& revoked, const validity& valid) const {
  const owner<X509_CRL> list(X509_CRL_new(), X509_CRL_free);
  const owner<ASN1_TIME> from(ASN1_TIME_set(nullptr, from_now(valid.from)), ASN1_TIME_free);
  const owner<ASN1_TIME> to(ASN1_TIME_set(nullptr, from_now(valid.to)), ASN1_TIME_free);
  require(X509_CRL_set_version(list.get(), 1) == 1 &&
              X509_CRL_set_issuer_name(list.get(), X509_get_subject_name(x509_.get())) == 1 &&
              X509_CRL_set1_lastUpdate(list.get(), from.get()) == 1 &&
              X509_CRL_set1_nextUpdate(list.get(), to.get()) == 1,
          "X509_CRL");
  for (const std::string& certificate : revoked) revoke(list.get(), certificate);
  require(X509_CRL_sort(list.get()) == 1, "X509_CRL_sort");
  require(X509_CRL_sign(list.get(), key_.get(), EVP_sha256()) > 0, "X509_CRL_sign");
  return to_pem(list.get());
}

}  // namespace test
}  // namespace iostls
