// SPDX-License-Identifier: Apache-2.0
#include "credentials/pkcs12.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include <openssl/err.h>
#include <openssl/pkcs12.h>
#include <openssl/pkcs12err.h>

#include "credentials/x509_sharing.hpp"
#include "openssl/error_queue.hpp"

namespace iostls {
namespace detail {
namespace {

using pkcs12_ptr = openssl_ptr<PKCS12, PKCS12_free>;

bool opens(PKCS12* file, const char* password) noexcept {
  return PKCS12_verify_mac(file, password, password != nullptr ? -1 : 0) == 1;
}

// PKCS#12 distinguishes "no password" and "the empty password"; the programs that write such files
// do not.
bool needs_password(PKCS12* file) noexcept { return !opens(file, nullptr) && !opens(file, ""); }

// If the MAC cannot even be computed, the password is not the reason.
void check_mac_is_known(const encoded_input& input) {
  if (ERR_GET_REASON(ERR_peek_last_error()) != PKCS12_R_MAC_GENERATION_ERROR) return;
  input.fail(
      "OpenSSL's active providers cannot compute its MAC; a FIPS provider takes PKCS#12 files with "
      "PBMAC1 (openssl pkcs12 -export -pbmac1_pbkdf2, since OpenSSL 3.4), or PEM");
}

const char* password_for(PKCS12* file, const encoded_input& input, password_callback& password) {
  if (!needs_password(file)) return nullptr;
  check_mac_is_known(input);
  clear_error_queue();
  const char* const text = password.text();
  password.rethrow();
  if (text == nullptr || !opens(file, text)) password.explain(input.name());
  return text;
}

}  // namespace

bool is_pkcs12(const encoded_input& input) noexcept {
  if (!input.is_der()) return false;
  // A sequence that begins with its version, 3. Keys begin with 0 or 1, certificates with a
  // sequence.
  const std::string& text = input.text();
  const auto length = static_cast<unsigned char>(text[1]);
  const std::size_t header = length < 0x80 ? 2 : 2U + (length & 0x7fU);
  return text.compare(std::min(header, text.size()), 3, "\x02\x01\x03") == 0;
}

credential_parts read_pkcs12(const encoded_input& input, password_callback& password) {
  clear_error_queue();
  const auto* at = reinterpret_cast<const unsigned char*>(input.text().data());
  const pkcs12_ptr file(d2i_PKCS12(nullptr, &at, static_cast<long>(input.text().size())));
  if (file == nullptr) input.fail("is a PKCS#12 file that cannot be read");
  const bool has_mac = PKCS12_mac_present(file.get()) == 1;
  // If there is no MAC, which OpenSSL 3.0 does not support, only decrypting shows what the password
  // is.
  const char* const text = has_mac ? password_for(file.get(), input, password) : password.text();
  password.rethrow();
  clear_error_queue();
  EVP_PKEY* key = nullptr;
  X509* leaf = nullptr;
  STACK_OF(X509)* others = nullptr;
  const int parsed = PKCS12_parse(file.get(), text, &key, &leaf, &others);
  credential_parts parts;
  parts.key.reset(key);
  const x509_ptr first(leaf);
  const x509_stack_ptr rest(others);
  if (parsed != 1) {
    if (!has_mac) input.fail("OpenSSL cannot read it, which has no MAC, with this password");
    input.fail(
        "OpenSSL cannot decrypt it. Files of old programs (RC2, RC4, 3DES) need its legacy "
        "provider, or to be written anew: openssl pkcs12 -legacy -in OLD -noenc -out PEM, then "
        "openssl pkcs12 -export -in PEM -out NEW");
  }
  std::vector<x509_ptr> all = shared(others);
  if (leaf != nullptr) all.insert(all.begin(), shared(leaf));
  clear_error_queue();
  parts.certificates = in_order_of_issue(std::move(all), leaf != nullptr ? key : nullptr);
  return parts;
}

}  // namespace detail
}  // namespace iostls
