// SPDX-License-Identifier: Apache-2.0
#include "negotiation/ciphers.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <string_view>

#include "openssl/error.hpp"
#include "openssl/error_queue.hpp"
#include "openssl/openssl_ptr.hpp"

namespace iostls {
namespace detail {

namespace {

constexpr char default_ciphers[] = "ECDHE+AESGCM:ECDHE+CHACHA20";
constexpr char default_ciphersuites[] =
    "TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256";

// Of the suites with pre-shared keys in TLS 1.2, only this one has forward secrecy and
// authenticated encryption.
constexpr char psk_ciphers[] = "ECDHE-PSK-CHACHA20-POLY1305:ECDHE+AESGCM:ECDHE+CHACHA20";
// A key without a known hash is used with SHA-256 (RFC 8446, 4.2.11), so a suite with SHA-256 must
// be chosen.
constexpr char psk_ciphersuites[] =
    "TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_256_GCM_SHA384";

// The words of openssl-ciphers(1) that stand for groups of ciphers. Some select nothing in today's
// builds of OpenSSL, so trying them out would not distinguish them from typing errors.
constexpr std::string_view keywords =
    " 3DES ADH AECDH AES AES128 AES256 AESCCM AESCCM8 AESGCM ALL ARIA ARIA128 ARIA256 ARIAGCM "
    "CAMELLIA CAMELLIA128 CAMELLIA256 CBC CHACHA20 COMPLEMENTOFALL COMPLEMENTOFDEFAULT "
    "DEFAULT DES DH DHE DSS ECDH ECDHE ECDSA EDH EECDH EXP EXPORT EXPORT40 EXPORT56 FIPS "
    "GOST89MAC GOST94 HIGH IDEA LOW MD5 MEDIUM NULL PSK RC2 RC4 RSA SEED SHA SHA1 SHA256 "
    "SHA384 SRP SSLv3 SUITEB128 SUITEB128C2 SUITEB128ONLY SUITEB192 TLSv1 TLSv1.0 TLSv1.2 "
    "aDH aDSS aECDH aECDSA aGOST aGOST01 aGOST12 aNULL aPSK aRSA aSRP eNULL kDH kDHE kDHEPSK "
    "kDHd kDHr kECDH kECDHE kECDHEPSK kEDH kEECDH kGOST kGOST18 kPSK kRSA kRSAPSK kSRP ";

int set_list(SSL_CTX* ctx, const char* list) { return SSL_CTX_set_cipher_list(ctx, list); }
int set_list(SSL* ssl, const char* list) { return SSL_set_cipher_list(ssl, list); }
int set_suites(SSL_CTX* ctx, const char* list) { return SSL_CTX_set_ciphersuites(ctx, list); }
int set_suites(SSL* ssl, const char* list) { return SSL_set_ciphersuites(ssl, list); }
STACK_OF(SSL_CIPHER) * ciphers_of(SSL_CTX* ctx) { return SSL_CTX_get_ciphers(ctx); }
STACK_OF(SSL_CIPHER) * ciphers_of(SSL* ssl) { return SSL_get_ciphers(ssl); }

[[noreturn]] void refuse_ciphers(const char* option, const std::string& message) {
  throw_option_error(ssl_errc::bad_configuration, option, message);
}

[[noreturn]] void fail_unknown(const char* option, const std::string& name) {
  refuse_ciphers(option, "\"" + name + "\" is unknown to OpenSSL and its active providers");
}

void check_no_nul(const char* option, const std::string& list) {
  if (list.find('\0') != std::string::npos) refuse_ciphers(option, "has a NUL character in it");
}

// Calls `check` with each of the words between separators.
template <class F>
void for_each_word(const std::string& text, const char* separators, F check) {
  std::size_t begin = 0;
  while (begin <= text.size()) {
    const std::size_t end = std::min(text.find_first_of(separators, begin), text.size());
    check(text.substr(begin, end - begin));
    begin = end + 1;
  }
}

// Sets the list to this one name to find out whether OpenSSL knows it; the caller sets the real
// list later.
template <class Target>
bool is_cipher(Target* target, const std::string& name) {
  const bool known = set_list(target, name.c_str()) == 1;
  clear_error_queue();
  return known;
}

bool is_keyword(const std::string& name) {
  return !name.empty() && keywords.find(" " + name + " ") != std::string_view::npos;
}

template <class Target>
void check_name(Target* target, const std::string& name) {
  if (is_keyword(name)) return;
  if (name.compare(0, 4, "TLS_") == 0 && !is_cipher(target, name)) {
    refuse_ciphers("ciphers",
                   "\"" + name +
                       "\" is unknown here; suites of TLS 1.3 belong into ciphersuites, and "
                       "others need OpenSSL's own names");
  }
  if (name.empty() || !is_cipher(target, name)) fail_unknown("ciphers", name);
}

void check_command(const std::string& word) {
  const bool is_level = word.size() == std::strlen("@SECLEVEL=0") &&
                        word.compare(0, word.size() - 1, "@SECLEVEL=") == 0 && word.back() >= '0' &&
                        word.back() <= '5';
  if (word != "@STRENGTH" && !is_level) refuse_ciphers("ciphers", "\"" + word + "\" is unknown");
}

template <class Target>
void check_word(Target* target, const std::string& word) {
  if (word[0] == '@') return check_command(word);
  const std::size_t sign = std::strchr("!-+", word[0]) != nullptr ? 1 : 0;
  for_each_word(word.substr(sign), "+", [&](const std::string& name) { check_name(target, name); });
}

template <class Target>
void set_ciphers(Target* target, const std::string& list) {
  check_no_nul("ciphers", list);
  for_each_word(list, ": ,;", [&](const std::string& word) {
    if (!word.empty()) check_word(target, word);
  });
  if (set_list(target, list.c_str()) != 1)
    refuse_ciphers("ciphers", "\"" + list + "\" selects nothing");
}

// OpenSSL accepts suites of TLS 1.2 by their standard names, too, but lists them under its own.
template <class Target>
bool is_tls1_3_suite(Target* target, const std::string& name) {
  const bool known = set_suites(target, name.c_str()) == 1;
  clear_error_queue();
  const STACK_OF(SSL_CIPHER)* const ciphers = ciphers_of(target);
  for (int i = 0; known && i < sk_SSL_CIPHER_num(ciphers); ++i) {
    if (name == SSL_CIPHER_get_name(sk_SSL_CIPHER_value(ciphers, i))) return true;
  }
  return false;
}

template <class Target>
void set_ciphersuites(Target* target, const std::string& list) {
  check_no_nul("ciphersuites", list);
  if (list.empty())
    refuse_ciphers("ciphersuites", "is empty; method is the option that excludes TLS 1.3");
  for_each_word(list, ":", [&](const std::string& name) {
    if (name.empty() || !is_tls1_3_suite(target, name)) fail_unknown("ciphersuites", name);
  });
  if (set_suites(target, list.c_str()) != 1) {
    refuse_ciphers("ciphersuites", "OpenSSL does not accept \"" + list + "\"");
  }
}

bool is_tls1_3(const SSL_CIPHER* cipher) {
  return std::strcmp(SSL_CIPHER_get_version(cipher), "TLSv1.3") == 0;
}

bool has_older_cipher(const STACK_OF(SSL_CIPHER) * ciphers) {
  for (int i = 0; i < sk_SSL_CIPHER_num(ciphers); ++i) {
    if (!is_tls1_3(sk_SSL_CIPHER_value(ciphers, i))) return true;
  }
  return false;
}

struct stack_deleter {
  void operator()(STACK_OF(SSL_CIPHER) * stack) const noexcept { sk_SSL_CIPHER_free(stack); }
};

}  // namespace

// OpenSSL skips what it does not have, and fails if nothing is left.
void apply_default_ciphers(SSL_CTX* ctx, bool with_psk) {
  if (set_list(ctx, with_psk ? psk_ciphers : default_ciphers) == 1) return;
  const bool none_is_left = ERR_GET_REASON(ERR_peek_last_error()) == SSL_R_NO_CIPHER_MATCH;
  clear_error_queue();
  if (!none_is_left) throw make_error(system_code(ENOMEM), "context");
}

void apply_default_ciphersuites(SSL_CTX* ctx, bool with_psk) {
  if (set_suites(ctx, with_psk ? psk_ciphersuites : default_ciphersuites) == 1) return;
  clear_error_queue();
  throw make_error(system_code(ENOMEM), "context");
}

void apply_ciphers(SSL_CTX* ctx, const std::string& list) { set_ciphers(ctx, list); }
void apply_ciphers(SSL* ssl, const std::string& list) { set_ciphers(ssl, list); }
void apply_ciphersuites(SSL_CTX* ctx, const std::string& list) { set_ciphersuites(ctx, list); }
void apply_ciphersuites(SSL* ssl, const std::string& list) { set_ciphersuites(ssl, list); }

void check_something_is_left(SSL* ssl, bool wants_ciphers) {
  const std::unique_ptr<STACK_OF(SSL_CIPHER), stack_deleter> left(SSL_get1_supported_ciphers(ssl));
  if (left == nullptr || sk_SSL_CIPHER_num(left.get()) == 0) {
    refuse_ciphers(
        "method",
        "together with ciphers, ciphersuites and OpenSSL's security level it leaves nothing to be "
        "negotiated; before TLS 1.2, ciphers must name some, with \"@SECLEVEL=0\"");
  }
  if (wants_ciphers && SSL_get_min_proto_version(ssl) < TLS1_3_VERSION &&
      !has_older_cipher(left.get())) {
    refuse_ciphers("ciphers", "OpenSSL's security level allows none of what the list selects");
  }
}

}  // namespace detail
}  // namespace iostls
