// SPDX-License-Identifier: Apache-2.0
#include "credentials/key_encryption.hpp"

#include <algorithm>
#include <array>

#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "openssl/error_queue.hpp"
#include "openssl/openssl_ptr.hpp"

namespace iostls {
namespace detail {
namespace {

using encrypted_key_ptr = openssl_ptr<X509_SIG, X509_SIG_free>;
using cipher_ptr = openssl_ptr<EVP_CIPHER, EVP_CIPHER_free>;
using digest_ptr = openssl_ptr<EVP_MD, EVP_MD_free>;

bool has_cipher(const char* name) {
  return cipher_ptr(EVP_CIPHER_fetch(nullptr, name, nullptr)) != nullptr;
}

// "DES-CBC", or the number if OpenSSL has no name for it.
std::string name_of(const ASN1_OBJECT* object) {
  std::array<char, 80> text{};
  OBJ_obj2txt(text.data(), static_cast<int>(text.size()), object, 1);
  const int nid = OBJ_obj2nid(object);
  return nid != NID_undef ? OBJ_nid2ln(nid) : text.data();
}

bool has_digest(int nid) {
  return nid <= 0 || digest_ptr(EVP_MD_fetch(nullptr, OBJ_nid2sn(nid), nullptr)) != nullptr;
}

// The header of a key in the traditional form: "DEK-Info: DES-CBC,1234...".
std::string cipher_of_header(const std::string& text) {
  const std::string mark = "\nDEK-Info: ";
  const auto at = text.find(mark);
  if (at == std::string::npos) return {};
  const auto from = at + mark.size();
  return text.substr(from, std::min<std::size_t>(text.find_first_of(",\r\n", from) - from, 40));
}

std::string missing_of_pbes2(const ASN1_TYPE* parameters) {
  using pbe2_ptr = openssl_ptr<PBE2PARAM, PBE2PARAM_free>;
  const pbe2_ptr scheme(
      static_cast<PBE2PARAM*>(ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBE2PARAM), parameters)));
  if (scheme == nullptr) return {};
  const ASN1_OBJECT* const cipher = scheme->encryption->algorithm;
  return has_cipher(OBJ_nid2sn(OBJ_obj2nid(cipher))) ? std::string() : name_of(cipher);
}

std::string missing_of(const X509_ALGOR* algorithm) {
  const int nid = OBJ_obj2nid(algorithm->algorithm);
  if (nid == NID_pbes2) return missing_of_pbes2(algorithm->parameter);
  int cipher = NID_undef;
  int digest = NID_undef;
  const bool is_known =
      EVP_PBE_find(EVP_PBE_TYPE_OUTER, nid, &cipher, &digest, nullptr) == 1 && cipher > 0;
  const bool is_there = is_known && has_cipher(OBJ_nid2sn(cipher)) && has_digest(digest);
  return is_there ? std::string() : name_of(algorithm->algorithm);
}

encrypted_key_ptr encrypted_key(const encoded_input& input) {
  if (!input.is_der()) {
    return encrypted_key_ptr(
        PEM_read_bio_PKCS8(input.reader().get(), nullptr, iostls_no_password, nullptr));
  }
  const auto* at = reinterpret_cast<const unsigned char*>(input.text().data());
  return encrypted_key_ptr(d2i_X509_SIG(nullptr, &at, static_cast<long>(input.text().size())));
}

}  // namespace

std::string missing_cipher(const encoded_input& input) {
  const error_queue_mark quiet;
  std::string name = cipher_of_header(input.text());
  if (!name.empty() && !has_cipher(name.c_str())) return name;
  if (!name.empty()) return has_digest(NID_md5) ? std::string() : name + " by way of MD5";
  const encrypted_key_ptr key = encrypted_key(input);
  if (key == nullptr) return {};
  const X509_ALGOR* algorithm = nullptr;
  X509_SIG_get0(key.get(), &algorithm, nullptr);
  return missing_of(algorithm);
}

}  // namespace detail
}  // namespace iostls
