// SPDX-License-Identifier: Apache-2.0
#include "credentials/subject_names.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include "base/escape.hpp"
#include "base/length_prefixed.hpp"
#include "credentials/certificate_text.hpp"
#include "openssl/error_queue.hpp"
#include "openssl/openssl_ptr.hpp"

namespace iostls {
namespace detail {
namespace {

using general_names_ptr = openssl_ptr<GENERAL_NAMES, GENERAL_NAMES_free>;

constexpr const char* user_principal_name = "1.3.6.1.4.1.311.20.2.3";

std::string bytes_of(const ASN1_STRING* string) {
  return std::string(reinterpret_cast<const char*>(ASN1_STRING_get0_data(string)),
                     static_cast<std::size_t>(ASN1_STRING_length(string)));
}

bool has_control(const std::string& text) {
  return std::any_of(text.begin(), text.end(), is_control);
}

bool is_plain(const std::string& text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    const auto code = static_cast<unsigned char>(c);
    return code > 0x20 && code < 0x7f;
  });
}

// The characters, if it is a string of characters; otherwise its DER encoding.
std::string text_of(ASN1_TYPE* value) {
  switch (ASN1_TYPE_get(value)) {
    case V_ASN1_UTF8STRING:
    case V_ASN1_IA5STRING:
    case V_ASN1_PRINTABLESTRING:
      return bytes_of(value->value.asn1_string);
    default:
      return to_der(
          value, +[](ASN1_TYPE* v, unsigned char** to) { return i2d_ASN1_TYPE(v, to); });
  }
}

alternative_name of_other_kind(const GENERAL_NAME* name, int type, const void* value) {
  alternative_name result;
  ASN1_OBJECT* kind = nullptr;
  ASN1_TYPE* content = nullptr;
  if (GENERAL_NAME_get0_otherName(name, &kind, &content) == 1) {
    result.oid = number_text(kind);
    result.value = text_of(content);
  } else if (type == GEN_RID) {
    result.oid = number_text(static_cast<const ASN1_OBJECT*>(value));
  }
  return result;
}

alternative_name typed(const GENERAL_NAME* name) {
  int type = 0;
  const void* const value = GENERAL_NAME_get0_value(name, &type);
  const auto string = [value] { return bytes_of(static_cast<const ASN1_STRING*>(value)); };
  switch (type) {
    case GEN_DNS:
      return {name_type::dns, string(), {}};
    case GEN_EMAIL:
      return {name_type::email, string(), {}};
    case GEN_URI:
      return {name_type::uri, string(), {}};
    case GEN_IPADD: {
      std::string address = address_text(static_cast<const ASN1_OCTET_STRING*>(value));
      if (address.empty()) return {name_type::other, string(), {}};
      return {name_type::ip_address, std::move(address), {}};
    }
    case GEN_DIRNAME:
      return {name_type::directory, name_text(static_cast<const X509_NAME*>(value)), {}};
    default:
      return of_other_kind(name, type, value);
  }
}

bool has_plain_type(const GENERAL_NAME* name) {
  int type = 0;
  GENERAL_NAME_get0_value(name, &type);
  return type == GEN_DNS || type == GEN_EMAIL || type == GEN_URI || type == GEN_IPADD;
}

template <class Take>
void for_each_name(const X509* certificate, const Take& take) {
  const error_queue_mark quiet;
  const general_names_ptr all(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  for (int i = 0; all != nullptr && i < sk_GENERAL_NAME_num(all.get()); ++i) {
    take(sk_GENERAL_NAME_value(all.get(), i));
  }
}

}  // namespace

std::string number_text(const ASN1_OBJECT* object) {
  const int size = OBJ_obj2txt(nullptr, 0, object, 1);
  if (size <= 0) return {};
  std::string text(static_cast<std::size_t>(size) + 1, '\0');
  OBJ_obj2txt(text.data(), size + 1, object, 1);
  text.resize(static_cast<std::size_t>(size));
  return text;
}

bool utf8_text(const ASN1_STRING* string, std::string& text) {
  unsigned char* bytes = nullptr;
  const int size = ASN1_STRING_to_UTF8(&bytes, string);
  if (size >= 0) text.assign(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
  OPENSSL_free(bytes);
  return size >= 0;
}

std::vector<alternative_name> typed_names(const X509* certificate) {
  std::vector<alternative_name> names;
  for_each_name(certificate, [&](const GENERAL_NAME* name) { names.push_back(typed(name)); });
  return names;
}

std::vector<std::string> alternative_names(const X509* certificate) {
  std::vector<std::string> names;
  for_each_name(certificate, [&](const GENERAL_NAME* name) {
    if (!has_plain_type(name)) return;
    alternative_name plain = typed(name);
    if (plain.type != name_type::other && !plain.value.empty()) {
      names.push_back(std::move(plain.value));
    }
  });
  return names;
}

std::vector<std::string> plain_names(const X509* certificate, name_type type) {
  std::vector<std::string> names;
  for (alternative_name& each : typed_names(certificate)) {
    if (each.type == type && is_plain(each.value)) names.push_back(std::move(each.value));
  }
  return names;
}

std::vector<std::string> principal_names(const X509* certificate) {
  const error_queue_mark quiet;
  std::vector<std::string> names;
  const std::unique_ptr<ASN1_STRING, decltype(&ASN1_STRING_free)> utf8(
      ASN1_STRING_type_new(V_ASN1_UTF8STRING), ASN1_STRING_free);
  for (const alternative_name& each : typed_names(certificate)) {
    std::string text;
    if (each.oid != user_principal_name || has_control(each.value) || each.value.empty()) continue;
    const auto size = static_cast<int>(each.value.size());
    if (utf8 != nullptr && ASN1_STRING_set(utf8.get(), each.value.data(), size) == 1 &&
        utf8_text(utf8.get(), text)) {
      names.push_back(text);
    }
  }
  return names;
}

std::string only_common_name(const X509* certificate) {
  const error_queue_mark quiet;
  const X509_NAME* const subject = X509_get_subject_name(certificate);
  const int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
  if (at < 0 || X509_NAME_get_index_by_NID(subject, NID_commonName, at) >= 0) return {};
  std::string text;
  const ASN1_STRING* const value = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at));
  return utf8_text(value, text) && !has_control(text) ? text : std::string();
}

void add_uri(std::vector<std::string>& uris, const GENERAL_NAME* name) {
  int type = 0;
  const void* const value = GENERAL_NAME_get0_value(name, &type);
  if (type != GEN_URI) return;
  std::string uri = bytes_of(static_cast<const ASN1_STRING*>(value));
  if (is_plain(uri)) uris.push_back(std::move(uri));
}

}  // namespace detail
}  // namespace iostls
