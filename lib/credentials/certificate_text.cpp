// SPDX-License-Identifier: Apache-2.0
#include "credentials/certificate_text.hpp"

#include <algorithm>

#include <openssl/bio.h>

#include "base/escape.hpp"
#include "credentials/subject_names.hpp"
#include "openssl/error_queue.hpp"
#include "openssl/openssl_ptr.hpp"
#include "system/ip_address.hpp"

namespace iostls {
namespace detail {
namespace {

using name_ptr = openssl_ptr<X509_NAME, X509_NAME_free>;
using entry_ptr = openssl_ptr<X509_NAME_ENTRY, X509_NAME_ENTRY_free>;

// How many bytes of a value an excerpt may need: a character has at most four. Those of UTF-8, which may
// have fewer, can be divided here: OpenSSL prints one byte after the other, escaped.
constexpr int most_needed = 4 * (static_cast<int>(longest_excerpt) + 1);

// A copy of an entry, without what an excerpt does not need; null if memory is short.
entry_ptr shortened(const X509_NAME_ENTRY* entry) {
  const ASN1_STRING* const value = X509_NAME_ENTRY_get_data(entry);
  const int size = std::min(ASN1_STRING_length(value), most_needed);
  if (size == ASN1_STRING_length(value)) return entry_ptr(X509_NAME_ENTRY_dup(entry));
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

// Enough of a name for its excerpt: printed, it is too long for an excerpt if anything is missing.
name_ptr beginning_of(const X509_NAME* name) {
  name_ptr result(X509_NAME_new());
  const int first = first_printed(name);
  for (int i = first; result != nullptr && i < X509_NAME_entry_count(name); ++i) {
    const X509_NAME_ENTRY* const entry = X509_NAME_get_entry(name, i);
    const bool is_joined = i != first && X509_NAME_ENTRY_set(entry) ==
                                             X509_NAME_ENTRY_set(X509_NAME_get_entry(name, i - 1));
    const entry_ptr copy = shortened(entry);
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
  const name_ptr beginning = beginning_of(name);
  return beginning != nullptr ? cut(name_text(beginning.get())) : std::string();
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
