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

std::string string_of(const ASN1_STRING* text) {
  return std::string(reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
                     static_cast<std::size_t>(ASN1_STRING_length(text)));
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
      return address_text(static_cast<const ASN1_OCTET_STRING*>(value));
    default:
      return {};
  }
}

using name_ptr = openssl_ptr<X509_NAME, X509_NAME_free>;
using entry_ptr = openssl_ptr<X509_NAME_ENTRY, X509_NAME_ENTRY_free>;

// How many bytes of a value an excerpt may need: a character has at most four, and is not to be divided.
int shortened_size(const ASN1_STRING* value) {
  int size = 4 * (static_cast<int>(longest_excerpt) + 1);
  if (ASN1_STRING_length(value) <= size) return ASN1_STRING_length(value);
  const unsigned char* const bytes = ASN1_STRING_get0_data(value);
  const bool is_utf8 = ASN1_STRING_type(value) == V_ASN1_UTF8STRING;
  for (int i = 0; is_utf8 && i != 3 && (bytes[size] & 0xC0) == 0x80; ++i) --size;
  return size;
}

// A copy of an entry, without what an excerpt does not need; null if memory is short.
entry_ptr shortened(const X509_NAME_ENTRY* entry, bool& is_whole) {
  const ASN1_STRING* const value = X509_NAME_ENTRY_get_data(entry);
  const int size = shortened_size(value);
  if (size == ASN1_STRING_length(value)) return entry_ptr(X509_NAME_ENTRY_dup(entry));
  is_whole = false;
  return entry_ptr(X509_NAME_ENTRY_create_by_OBJ(nullptr, X509_NAME_ENTRY_get_object(entry),
                                                 ASN1_STRING_type(value),
                                                 ASN1_STRING_get0_data(value), size));
}

// The entries that are printed first, which are the last: as many as fill an excerpt, each with at least
// a quarter as many characters as it has bytes.
int first_printed(const X509_NAME* name) {
  int at = X509_NAME_entry_count(name);
  for (std::size_t size = 0; at > 0 && size <= longest_excerpt; ++size) {
    const ASN1_STRING* const value = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, --at));
    size += static_cast<std::size_t>(ASN1_STRING_length(value)) / 4;
  }
  return at;
}

name_ptr beginning_of(const X509_NAME* name, bool& is_whole) {
  name_ptr result(X509_NAME_new());
  const int first = first_printed(name);
  is_whole = first == 0;
  for (int i = first; result != nullptr && i < X509_NAME_entry_count(name); ++i) {
    const X509_NAME_ENTRY* const entry = X509_NAME_get_entry(name, i);
    const bool is_joined = i != first && X509_NAME_ENTRY_set(entry) ==
                                             X509_NAME_ENTRY_set(X509_NAME_get_entry(name, i - 1));
    const entry_ptr copy = shortened(entry, is_whole);
    const bool added = copy != nullptr &&
                       X509_NAME_add_entry(result.get(), copy.get(), -1, is_joined ? -1 : 0) == 1;
    if (!added) result.reset();
  }
  return result;
}

}  // namespace

std::string name_text(const X509_NAME* name) {
  const error_queue_mark quiet;
  const bio_ptr bio(BIO_new(BIO_s_mem()));
  if (bio == nullptr || X509_NAME_print_ex(bio.get(), name, 0, XN_FLAG_RFC2253) < 0) return {};
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return std::string(data, static_cast<std::size_t>(size));
}

std::string name_excerpt(const X509_NAME* name) {
  const error_queue_mark quiet;
  bool is_whole = true;
  const name_ptr beginning = beginning_of(name, is_whole);
  const std::string text = beginning != nullptr ? name_text(beginning.get()) : std::string();
  return is_whole || text.size() > longest_excerpt ? cut(text) : text + "...";
}

std::string address_text(const ASN1_OCTET_STRING* address) {
  return ip_text(ASN1_STRING_get0_data(address),
                 static_cast<std::size_t>(ASN1_STRING_length(address)));
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
