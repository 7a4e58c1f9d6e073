// SPDX-License-Identifier: Apache-2.0
#include <iostls/self_signed.hpp>

#include <openssl/bn.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "openssl/error.hpp"
#include "openssl/error_queue.hpp"
#include "openssl/openssl_ptr.hpp"
#include "system/thread_cancellation.hpp"
#include "transport/host_name.hpp"

namespace iostls {
namespace {

using detail::bio_ptr;
using detail::pkey_ptr;
using detail::x509_ptr;
using bignum_ptr = detail::openssl_ptr<BIGNUM, BN_free>;
using name_ptr = detail::openssl_ptr<X509_NAME, X509_NAME_free>;
using extension_ptr = detail::openssl_ptr<X509_EXTENSION, X509_EXTENSION_free>;

constexpr int serial_bits = 127;  // of 20 bytes at most (RFC 5280, 4.1.2.2), and positive
constexpr int days = 7;
constexpr long seconds_before = 3600;
constexpr std::size_t longest_common_name = 64;

void require(bool done, const char* what) {
  if (!done) {
    throw detail::make_error(ssl_errc::bad_configuration, "self_signed_certificate",
                             std::string("OpenSSL fails to ") + what);
  }
}

[[noreturn]] void refuse_self_signed(const std::string& why) {
  detail::throw_option_error(ssl_errc::bad_configuration, "self_signed_certificate", why);
}

// "DNS:localhost" or "IP:127.0.0.1". A name that is accepted has no comma, so it cannot add another
// one.
std::string subject_alternative(const std::string& name) {
  const bool is_wildcard = name.compare(0, 2, "*.") == 0;
  const std::string rest = is_wildcard ? name.substr(2) : name;
  const std::string fault = detail::host_name_fault(rest);
  if (!fault.empty()) refuse_self_signed("a name " + fault);
  const detail::host_name host(rest);
  if (is_wildcard && host.is_address) refuse_self_signed("an address cannot have a wildcard");
  return (host.is_address ? "IP:" : is_wildcard ? "DNS:*." : "DNS:") + host.text;
}

std::string subject_alternatives(const std::vector<std::string>& names) {
  if (names.empty()) refuse_self_signed("no name is given");
  std::string list;
  for (const std::string& name : names)
    list += (list.empty() ? "" : ",") + subject_alternative(name);
  return list;
}

void set_serial(X509* x509) {
  const bignum_ptr number(BN_new());
  require(number != nullptr &&
              BN_rand(number.get(), serial_bits, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY) == 1 &&
              BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(x509)) != nullptr,
          "make a serial number");
}

void set_names(X509* x509, const std::string& first) {
  const std::string common =
      first.size() <= longest_common_name ? first : std::string("self-signed");
  const name_ptr name(X509_NAME_new());
  require(name != nullptr &&
              X509_NAME_add_entry_by_NID(name.get(), NID_commonName, MBSTRING_ASC,
                                         reinterpret_cast<const unsigned char*>(common.c_str()), -1,
                                         -1, 0) == 1 &&
              X509_set_subject_name(x509, name.get()) == 1 &&
              X509_set_issuer_name(x509, name.get()) == 1,
          "set the name");
}

void add_extension(X509* x509, int kind, const std::string& value) {
  X509V3_CTX context{};
  X509V3_set_ctx(&context, x509, x509, nullptr, nullptr, 0);
  const extension_ptr extension(X509V3_EXT_nconf_nid(nullptr, &context, kind, value.c_str()));
  require(extension != nullptr && X509_add_ext(x509, extension.get(), -1) == 1, "add an extension");
}

// The certificate is its own CA, so that a client can trust it and verify it like any other.
void add_extensions(X509* x509, const std::string& names) {
  add_extension(x509, NID_basic_constraints, "critical,CA:TRUE");
  add_extension(x509, NID_key_usage, "critical,digitalSignature,keyCertSign");
  add_extension(x509, NID_ext_key_usage, "serverAuth,clientAuth");
  add_extension(x509, NID_subject_key_identifier, "hash");
  add_extension(x509, NID_subject_alt_name, names);
}

x509_ptr make_certificate(EVP_PKEY* key, const std::string& first, const std::string& names) {
  x509_ptr x509(X509_new());
  require(x509 != nullptr && X509_set_version(x509.get(), X509_VERSION_3) == 1 &&
              X509_gmtime_adj(X509_getm_notBefore(x509.get()), -seconds_before) != nullptr &&
              X509_time_adj_ex(X509_getm_notAfter(x509.get()), days, 0, nullptr) != nullptr &&
              X509_set_pubkey(x509.get(), key) == 1,
          "make a certificate");
  set_serial(x509.get());
  set_names(x509.get(), first);
  add_extensions(x509.get(), names);
  require(X509_sign(x509.get(), key, EVP_sha256()) > 0, "sign");
  return x509;
}

template <class F>
pem_text written(F write) {
  const bio_ptr bio(BIO_new(BIO_s_secmem()));
  require(bio != nullptr && write(bio.get()) == 1, "write PEM");
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return pem_text(std::string(data, static_cast<std::size_t>(size)));
}

}  // namespace

credential self_signed_certificate(const std::vector<std::string>& names) {
  const detail::no_cancellation uncanceled;
  detail::clear_error_queue();
  const std::string list = subject_alternatives(names);
  const pkey_ptr key(EVP_EC_gen("P-256"));
  require(key != nullptr, "make a key");
  const x509_ptr x509 = make_certificate(key.get(), names.front(), list);

  credential result;
  result.certificate = written([&](BIO* bio) { return PEM_write_bio_X509(bio, x509.get()); });
  result.key = written([&](BIO* bio) {
    return PEM_write_bio_PrivateKey(bio, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  });
  return result;
}

}  // namespace iostls
