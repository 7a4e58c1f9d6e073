// SPDX-License-Identifier: Apache-2.0
#include "credentials/credential_file_explanation.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>

#include <openssl/evp.h>
#include <openssl/pkcs12.h>
#include <openssl/pkcs7.h>
#include <openssl/x509.h>

#include "openssl/error_queue.hpp"
#include "openssl/openssl_ptr.hpp"

namespace iostls {
namespace detail {
namespace {

constexpr std::string_view pem_begin = "-----BEGIN ";

bool begins_with(std::string_view text, std::string_view start) noexcept {
  return text.substr(0, start.size()) == start;
}

bool contains(std::string_view text, std::string_view part) noexcept {
  return text.find(part) != std::string_view::npos;
}

bool is_blank(char c) noexcept { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

bool is_base64(char c) noexcept {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' ||
         c == '/' || c == '=';
}

// The base 64 form of a DER sequence begins with an "M".
bool is_bare_base64(const std::string& text) noexcept {
  const auto first = std::find_if_not(text.begin(), text.end(), is_blank);
  return text.size() >= 64 && first != text.end() && *first == 'M' &&
         std::all_of(first, text.end(), [](char c) { return is_base64(c) || is_blank(c); });
}

bool is_utf16(std::string_view text) noexcept {
  return begins_with(text, "\xff\xfe") || begins_with(text, "\xfe\xff") ||
         begins_with(text, std::string_view("-\0-\0-", 5)) ||
         begins_with(text, std::string_view("\0-\0-\0", 5));
}

// For a block that does not begin at the start of a line, or is in a text without lines.
const char* misplaced_block_words(const std::string& text) noexcept {
  if (contains(text, "\\n") && !has_lines(text)) {
    return "has the two characters \"\\n\" where its lines should end; a program that takes PEM "
           "from "
           "the environment has to replace them, as printf '%b' does";
  }
  const bool has_end = contains(text, "-----END ");
  if (has_end && !has_lines(text) && text.find('\r') != std::string::npos) {
    return "ends its lines with a carriage return alone; replace it: tr '\\r' '\\n'";
  }
  if (has_end && !has_lines(text)) {
    return "is PEM without line ends; there has to be one behind \"-----BEGIN ...-----\" and "
           "before "
           "\"-----END\"";
  }
  return "holds no PEM block: \"-----BEGIN\" is in the middle of a line; it has to begin one, "
         "without blanks or "
         "quotes";
}

struct known_start {
  std::string_view start;
  const char* words;
};

constexpr std::array<known_start, 7> other_programs{{
    {"PuTTY-User-Key-File-",
     "is a key of PuTTY; have puttygen export it in OpenSSH's format, and convert that: "
     "ssh-keygen -p -m PKCS8 -f COPY"},
    {"ssh-", "is a public key of SSH, which has no certificate and no private key"},
    {"ecdsa-sha2-", "is a public key of SSH, which has no certificate and no private key"},
    {"\xfe\xed\xfe\xed",
     "is a Java keystore; convert it: keytool -importkeystore -srckeystore OLD -destkeystore NEW "
     "-deststoretype pkcs12"},
    {"<", "is HTML or XML"},
    {"{", "is JSON"},
    {"\x1f\x8b", "is compressed by gzip"},
}};

std::string with_article(const std::string& label) {
  constexpr std::array<std::string_view, 5> with_vowel{"EC ", "EN", "OP", "RSA ", "X509 "};
  const bool wants_an =
      std::any_of(with_vowel.begin(), with_vowel.end(),
                  [&](std::string_view start) { return begins_with(label, start); });
  return (wants_an ? "an " : "a ") + label;
}

std::string joined(const std::set<std::string>& labels) {
  std::string text;
  for (const std::string& label : labels) {
    const bool is_countable = label != "PKCS7" && label != "CMS";
    text += (text.empty() ? "" : ", ") + (is_countable ? with_article(label) : label);
  }
  return text;
}

// What to do with a block of another kind than required.
std::string block_advice(const std::set<std::string>& labels, const std::string& wanted) {
  const auto has = [&labels](const char* label) { return labels.count(label) != 0; };
  if (has("OPENSSH PRIVATE KEY")) {
    return "; convert a copy of it to PEM: ssh-keygen -p -m PKCS8 -f COPY";
  }
  if (wanted == "private key") {
    return has("CERTIFICATE") ? "; if the key is in a file of its own, name that in the option key"
                              : "";
  }
  if (has("CERTIFICATE REQUEST") || has("NEW CERTIFICATE REQUEST")) {
    return ", of which an authority has yet to make a certificate";
  }
  if (has("PKCS7") || has("CMS")) {
    return "; take the certificates out: openssl pkcs7 -print_certs -in OLD -out NEW";
  }
  if (has("X509 CRL") && wanted == "certificate") return "; the option for lists is crl_file";
  return {};
}

// Whether the bytes are exactly one object of a kind.
template <class T, class Decode, class Free>
bool decodes(const std::string& der, Decode decode, Free free) {
  const auto* at = reinterpret_cast<const unsigned char*>(der.data());
  const auto* const end = at + der.size();
  T* const object = decode(nullptr, &at, static_cast<long>(der.size()));
  free(object);
  return object != nullptr && at == end;
}

std::string der_kind(const std::string& der) {
  const error_queue_mark quiet;
  if (decodes<X509>(der, d2i_X509, X509_free)) return "a certificate";
  if (decodes<X509_CRL>(der, d2i_X509_CRL, X509_CRL_free)) {
    return "a revocation list, for which the option is crl_file";
  }
  if (decodes<X509_REQ>(der, d2i_X509_REQ, X509_REQ_free)) {
    return "a certificate request, of which an authority has yet to make a certificate";
  }
  if (decodes<PKCS12>(der, d2i_PKCS12, PKCS12_free)) return "PKCS#12";
  if (decodes<PKCS7>(der, d2i_PKCS7, PKCS7_free)) {
    return "PKCS#7; take the certificates out: openssl pkcs7 -inform der -print_certs -in OLD -out "
           "NEW";
  }
  if (decodes<X509_SIG>(der, d2i_X509_SIG, X509_SIG_free)) return "an encrypted private key";
  if (decodes<EVP_PKEY>(der, d2i_PUBKEY, EVP_PKEY_free)) return "a public key";
  if (decodes<EVP_PKEY>(der, d2i_AutoPrivateKey, EVP_PKEY_free)) return "a private key";
  return {};
}

}  // namespace

std::set<std::string> pem_labels(const std::string& text) {
  std::set<std::string> found;
  for (auto at = text.find(pem_begin); at != std::string::npos; at = text.find(pem_begin, at + 1)) {
    if (at != 0 && text[at - 1] != '\n') continue;
    const auto from = at + pem_begin.size();
    const auto to = text.find("-----", from);
    if (to == std::string::npos || to - from > 64) continue;
    found.insert(text.substr(from, to - from));
  }
  return found;
}

bool has_lines(const std::string& text) noexcept {
  return text.find('\n') < text.find_last_not_of(" \t\r\n");
}

std::string damage_words(const std::string& text) {
  const auto count = [&text](std::string_view mark) {
    std::size_t found = 0;
    for (auto at = text.find(mark); at != std::string::npos; at = text.find(mark, at + 1)) ++found;
    return found;
  };
  return count(pem_begin) > count("-----END ") ? "; its end is missing" : "";
}

std::string unknown_kind_words(const std::string& text) {
  if (is_utf16(text)) return "is UTF-16; save it as plain text (ASCII or UTF-8)";
  if (contains(text, pem_begin)) return misplaced_block_words(text);
  for (const known_start& other : other_programs) {
    if (begins_with(text, other.start)) return other.words;
  }
  if (is_bare_base64(text)) {
    return "is base64 without the lines of PEM around it, such as \"-----BEGIN PRIVATE KEY-----\" "
           "and "
           "\"-----END PRIVATE KEY-----\"";
  }
  return "holds no PEM block: no line begins with \"-----BEGIN\"; nor is it DER";
}

std::string other_blocks_words(const std::string& text, const std::string& wanted) {
  const std::set<std::string> labels = pem_labels(text);
  return "holds no " + wanted + ", only " + joined(labels) + block_advice(labels, wanted);
}

std::string other_der_words(const std::string& der, const std::string& wanted) {
  const std::string kind = der_kind(der);
  return "is DER, but not of a " + wanted + (kind.empty() ? "" : ": it is " + kind);
}

}  // namespace detail
}  // namespace iostls
