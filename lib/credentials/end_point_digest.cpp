// SPDX-License-Identifier: Apache-2.0
#include "credentials/end_point_digest.hpp"

#include <array>
#include <exception>
#include <memory>

#include <openssl/asn1t.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/rsa.h>

#include "openssl/error_queue.hpp"
#include "openssl/openssl_ptr.hpp"
#include "system/retried_once.hpp"

namespace iostls {
namespace detail {
namespace {

using pss_ptr = openssl_ptr<RSA_PSS_PARAMS, RSA_PSS_PARAMS_free>;
using algorithm_ptr = openssl_ptr<X509_ALGOR, X509_ALGOR_free>;

int digest_of(const X509_ALGOR* algorithm) {
  const ASN1_OBJECT* object = nullptr;
  X509_ALGOR_get0(&object, nullptr, nullptr, algorithm);
  return OBJ_obj2nid(object);
}

template <class T>
T* unpacked(const X509_ALGOR* algorithm, const ASN1_ITEM* item) {
  int type = V_ASN1_UNDEF;
  const void* value = nullptr;
  X509_ALGOR_get0(nullptr, &type, &value, algorithm);
  if (type != V_ASN1_SEQUENCE) return nullptr;
  return static_cast<T*>(ASN1_item_unpack(static_cast<const ASN1_STRING*>(value), item));
}

// RFC 4055: the default of both functions is SHA-1.
bool has_one_function(const X509_ALGOR* pss, int digest) {
  const pss_ptr parameters(unpacked<RSA_PSS_PARAMS>(pss, ASN1_ITEM_rptr(RSA_PSS_PARAMS)));
  if (parameters == nullptr) return false;
  if (parameters->maskGenAlgorithm == nullptr) return digest == NID_sha1;
  const algorithm_ptr mask(
      unpacked<X509_ALGOR>(parameters->maskGenAlgorithm, ASN1_ITEM_rptr(X509_ALGOR)));
  return mask != nullptr && digest_of(mask.get()) == digest;
}

int signature_digest(const X509* certificate) {
  int digest = NID_undef;
  int kind = NID_undef;
  if (X509_get_signature_info(const_cast<X509*>(certificate), &digest, &kind, nullptr, nullptr) !=
      1) {
    return NID_undef;
  }
  const X509_ALGOR* algorithm = nullptr;
  X509_get0_signature(nullptr, &algorithm, certificate);
  if (kind == EVP_PKEY_RSA_PSS && !has_one_function(algorithm, digest)) return NID_undef;
  return digest == NID_md5 || digest == NID_sha1 || digest == NID_md5_sha1 ? NID_sha256 : digest;
}

void destroy_digest(void*, void* text, CRYPTO_EX_DATA*, int, long, void*) {
  delete static_cast<std::string*>(text);
}

// A copy of a certificate has none.
int leave_out(CRYPTO_EX_DATA*, const CRYPTO_EX_DATA*, void** text, int, long, void*) {
  *text = nullptr;
  return 1;
}

int kept_index() {
  static retried_once<int, -1> number;
  return number.get(
      [] { return X509_get_ex_new_index(0, nullptr, nullptr, leave_out, destroy_digest); });
}

std::string computed_digest(const X509* certificate) {
  const error_queue_mark quiet;
  const int nid = signature_digest(certificate);
  const EVP_MD* const function = nid != NID_undef ? EVP_get_digestbynid(nid) : nullptr;
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
  unsigned int size = 0;
  if (function == nullptr || X509_digest(certificate, function, bytes.data(), &size) != 1)
    return {};
  return std::string(bytes.begin(), bytes.begin() + size);
}

}  // namespace

std::string end_point_digest(const X509* certificate) {
  const void* const kept = X509_get_ex_data(certificate, kept_index());
  return kept != nullptr ? *static_cast<const std::string*>(kept) : computed_digest(certificate);
}

void keep_end_point_digest(X509* certificate) noexcept try {
  auto digest = std::make_unique<std::string>(end_point_digest(certificate));
  if (X509_get_ex_data(certificate, kept_index()) == nullptr &&
      X509_set_ex_data(certificate, kept_index(), digest.get()) == 1) {
    static_cast<void>(digest.release());
  }
} catch (const std::exception&) {  // NOLINT(bugprone-empty-catch): see above
}

}  // namespace detail
}  // namespace iostls
