// SPDX-License-Identifier: Apache-2.0
#include "credentials/certificate_text.hpp"

#include <array>
#include <utility>

#include <openssl/x509v3.h>

#include "base/escape.hpp"
#include "openssl/error_queue.hpp"
#include "openssl/openssl_ptr.hpp"
#include "system/ip_address.hpp"

namespace iostls {
namespace detail {
namespace {

using general_names_ptr = openssl_ptr<GENERAL_NAMES, GENERAL_NAMES_free>;

bool print(BIO* to, const X509_NAME* name) {
  return X509_NAME_print_ex(to, name, 0, XN_FLAG_RFC2253) >= 0;
}

std::string string_of(const ASN1_STRING* text) {
  return std::string(reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
                     static_cast<std::size_t>(ASN1_STRING_length(text)));
}

std::string address_of(const ASN1_OCTET_STRING* address) {
  return ip_text(ASN1_STRING_get0_data(address),
                 static_cast<std::size_t>(ASN1_STRING_length(address)));
}

std::string text_of(const GENERAL_NAME* name) {
  int type = 0;
  const void* const value = GENERAL_NAME_get0_value(name, &type);
  switch (type) {
    case GEN_DNS:
    case GEN_EMAIL:
    case GEN_URI:
      return string_of(static_cast<const ASN1_STRING*>(value));
    case GEN_IPADD:
      return address_of(static_cast<const ASN1_OCTET_STRING*>(value));
    default:
      return {};
  }
}

}  // namespace

std::string name_text(const X509_NAME* name) {
  const error_queue_mark quiet;
  const bio_ptr bio(BIO_new(BIO_s_mem()));
  if (bio == nullptr || !print(bio.get(), name)) return {};
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return std::string(data, static_cast<std::size_t>(size));
}

// Printing stops when the buffer is full.
std::string name_excerpt(const X509_NAME* name) {
  const error_queue_mark quiet;
  constexpr std::size_t room = longest_excerpt + 1;
  BIO* in = nullptr;
  BIO* out = nullptr;
  if (BIO_new_bio_pair(&in, room, &out, room) != 1) return {};
  const bio_ptr to(in);
  const bio_ptr from(out);
  const bool is_whole = print(in, name);
  std::array<char, room> text{};
  const int size = BIO_read(out, text.data(), static_cast<int>(room));
  std::string result(text.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
  return is_whole || result.size() > longest_excerpt ? cut(result) : result + "...";
}

std::string subject_excerpt(const X509* certificate) {
  if (certificate == nullptr) return "no certificate";
  std::string subject = name_excerpt(X509_get_subject_name(certificate));
  if (!subject.empty()) return subject;
  const std::vector<std::string> names = alternative_names(certificate);
  return names.empty() ? "a certificate without a name" : excerpt(names.front());
}

std::vector<std::string> alternative_names(const X509* certificate) {
  const error_queue_mark quiet;
  std::vector<std::string> names;
  const general_names_ptr all(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  for (int i = 0; all != nullptr && i < sk_GENERAL_NAME_num(all.get()); ++i) {
    std::string name = text_of(sk_GENERAL_NAME_value(all.get(), i));
    if (!name.empty()) names.push_back(std::move(name));
  }
  return names;
}

std::string names_excerpt(const std::vector<std::string>& names, std::size_t most) {
  std::string text;
  for (std::size_t i = 0; i != names.size() && i != most; ++i) {
    text += (i == 0 ? "\"" : ", \"") + excerpt(names[i]) + "\"";
  }
  if (names.size() > most) text += " and " + std::to_string(names.size() - most) + " more";
  return text;
}

}  // namespace detail
}  // namespace iostls
