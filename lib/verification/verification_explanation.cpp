// SPDX-License-Identifier: Apache-2.0
#include "verification/verification_explanation.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <memory>
#include <vector>

#include <openssl/x509v3.h>

#include "base/utc_time.hpp"
#include "credentials/certificate_text.hpp"
#include "credentials/subject_names.hpp"
#include "openssl/error_queue.hpp"
#include "openssl/openssl_ptr.hpp"
#include "verification/dane.hpp"
#include "verification/expected_name.hpp"
#include "verification/peer_purposes.hpp"

namespace iostls {
namespace detail {
namespace {

// What was found, and at which certificate.
struct fault {
  SSL* ssl;
  X509_STORE_CTX* context;
  X509* certificate;
  int depth;
  int error;

  const char* peer() const noexcept { return SSL_is_server(ssl) != 0 ? "client" : "server"; }
};

struct free_crl_stack {
  void operator()(STACK_OF(X509_CRL) * stack) const noexcept {
    sk_X509_CRL_pop_free(stack, X509_CRL_free);
  }
};

bool is_self_issued(const X509* certificate) noexcept {
  return X509_NAME_cmp(X509_get_subject_name(certificate), X509_get_issuer_name(certificate)) == 0;
}

std::string issuer_of(const X509* certificate) {
  return name_excerpt(X509_get_issuer_name(certificate));
}

std::string place_in_chain(const X509* certificate, int depth) {
  return subject_excerpt(certificate) + ", at depth " + std::to_string(depth);
}

// `words` begin with the separator from "issued by CN=Root"; for a self-issued certificate that
// part is omitted.
std::string advice_of(const X509* certificate, const std::string& words) {
  if (!is_self_issued(certificate)) return "issued by " + issuer_of(certificate) + words;
  return words.substr(std::min(words.size(), std::size_t{2}));
}

std::string time_text(const ASN1_TIME* time) {
  utc_seconds seconds = 0;
  return read_time(time, seconds) ? utc_text(seconds) : "a time that is none";
}

std::string clock_text() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return "this machine's clock shows " +
         utc_text(std::chrono::duration_cast<std::chrono::seconds>(now).count());
}

bool has_common_name(const X509* certificate) {
  return X509_NAME_get_index_by_NID(X509_get_subject_name(certificate), NID_commonName, -1) >= 0;
}

std::string name_words(SSL* ssl, const X509* certificate) {
  const std::string wanted = '"' + name_to_prove(ssl) + '"';
  const std::vector<std::string> names = alternative_names(certificate);
  if (!names.empty()) return "; it is for " + names_excerpt(names) + ", not for " + wanted;
  return std::string(has_common_name(certificate) ? "; it has only a common name"
                                                  : "; it has no name") +
         "; subject alternative names are needed, and " + wanted + " among them";
}

// Whether the context trusts a certificate with this one's name.
bool is_trusted_itself(const fault& f) {
  const x509_stack_ptr same(
      X509_STORE_CTX_get1_certs(f.context, X509_get_subject_name(f.certificate)));
  for (int i = 0; same != nullptr && i < sk_X509_num(same.get()); ++i) {
    if (X509_cmp(sk_X509_value(same.get(), i), f.certificate) == 0) return true;
  }
  return false;
}

// Whether the context has an authority with the issuer's name, but with another key.
bool is_issuers_name_known(const fault& f) {
  const x509_stack_ptr found(
      X509_STORE_CTX_get1_certs(f.context, X509_get_issuer_name(f.certificate)));
  return found != nullptr && sk_X509_num(found.get()) > 0;
}

std::string unknown_issuer_words(const fault& f) {
  if (is_trusted_itself(f)) {
    return ", which is not trusted, though the certificate itself is: name that authority in "
           "ca_file, or set partial_chains";
  }
  if (is_issuers_name_known(f)) {
    return ", whose name is trusted, but with another key: name in ca_file the one that has issued "
           "it";
  }
  std::string words = ", which is not trusted: name it in ca_file";
  if (sk_X509_num(X509_STORE_CTX_get0_untrusted(f.context)) <= 1) {
    words += std::string(", or, if it is an intermediate authority, have the ") + f.peer() +
             " send its certificate";
  }
  return words;
}

std::string extended_usages(X509* certificate) {
  using usages_ptr = openssl_ptr<EXTENDED_KEY_USAGE, EXTENDED_KEY_USAGE_free>;
  const usages_ptr all(static_cast<EXTENDED_KEY_USAGE*>(
      X509_get_ext_d2i(certificate, NID_ext_key_usage, nullptr, nullptr)));
  std::vector<std::string> names;
  for (int i = 0; all != nullptr && i < sk_ASN1_OBJECT_num(all.get()); ++i) {
    char text[80] = "";
    const ASN1_OBJECT* const usage = sk_ASN1_OBJECT_value(all.get(), i);
    const int nid = OBJ_obj2nid(usage);
    OBJ_obj2txt(text, sizeof text, usage, 1);
    names.emplace_back(nid != NID_undef ? OBJ_nid2sn(nid) : text);
  }
  return names_excerpt(names);
}

std::string purpose_words(const fault& f) {
  const std::string usages = extended_usages(f.certificate);
  const bool is_chosen = has_peer_purposes(f.ssl);
  std::string words = is_chosen ? "; it is for none of peer_purposes: "
                                : std::string("; it is not for a ") + f.peer() + ": ";
  if (usages.empty()) return words + "its key usage or its kind does not allow that";
  words += "its extended key usage is " + usages;
  const bool is_option_apt = !is_chosen && SSL_is_server(f.ssl) != 0;
  return is_option_apt ? words + "; the option peer_purposes names those that are accepted" : words;
}

std::string weakness_words(const fault& f) {
  const EVP_PKEY* const key = X509_get0_pubkey(f.certificate);
  const char* const kind = key != nullptr ? EVP_PKEY_get0_type_name(key) : nullptr;
  return std::string("; it has a key that is too weak: ") + (kind != nullptr ? kind : "unknown") +
         " of " + std::to_string(key != nullptr ? EVP_PKEY_get_bits(key) : 0) + " bits";
}

std::string signature_words(const fault& f) {
  const int nid = X509_get_signature_nid(f.certificate);
  return std::string("; it has a signature that is too weak: ") +
         (nid != NID_undef ? OBJ_nid2ln(nid) : "unknown");
}

using crl_stack_ptr = std::unique_ptr<STACK_OF(X509_CRL), free_crl_stack>;

// The authority's revocation lists in the context; there may be several.
crl_stack_ptr lists_of_issuer(const fault& f) {
  return crl_stack_ptr(X509_STORE_CTX_get1_crls(f.context, X509_get_issuer_name(f.certificate)));
}

std::string revocation_words(const fault& f) {
  const crl_stack_ptr lists = lists_of_issuer(f);
  for (int i = 0; lists != nullptr && i < sk_X509_CRL_num(lists.get()); ++i) {
    X509_REVOKED* entry = nullptr;
    if (X509_CRL_get0_by_cert(sk_X509_CRL_value(lists.get(), i), &entry, f.certificate) == 1) {
      return "; it was revoked on " + time_text(X509_REVOKED_get0_revocationDate(entry));
    }
  }
  return "; it was revoked";
}

std::string list_words(const fault& f) {
  const crl_stack_ptr lists = lists_of_issuer(f);
  if (lists == nullptr || sk_X509_CRL_num(lists.get()) == 0) return {};
  const X509_CRL* const list = sk_X509_CRL_value(lists.get(), 0);
  const ASN1_TIME* const next = X509_CRL_get0_nextUpdate(list);
  return ", whose revocation list is valid from " + time_text(X509_CRL_get0_lastUpdate(list)) +
         " until " + (next != nullptr ? time_text(next) : "no date") + "; " + clock_text();
}

std::string record_words(const fault& f) {
  std::string words = "; the server matches none of tlsa_records";
  const X509* const leaf = X509_STORE_CTX_get0_cert(f.context);
  const std::string record = leaf != nullptr ? tlsa_text_for(leaf) : std::string();
  return record.empty() ? words : words + "; its key would match " + record;
}

std::string words_for(const fault& f) {
  switch (f.error) {
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return name_words(f.ssl, f.certificate);
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
      return unknown_issuer_words(f);
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
      return "; to trust it, name it in ca_file";
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
      return "; this authority is not trusted: to trust it, name it in ca_file";
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return "; it was valid until " + time_text(X509_get0_notAfter(f.certificate)) + "; " +
             clock_text();
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return "; it is valid from " + time_text(X509_get0_notBefore(f.certificate)) + " on; " +
             clock_text() + "; is it right?";
    case X509_V_ERR_INVALID_PURPOSE:
      return purpose_words(f);
    case X509_V_ERR_INVALID_CA:
      return "; it is no authority, and may not issue certificates";
    case X509_V_ERR_CERT_CHAIN_TOO_LONG:
      return "; there are more authorities above it than max_depth allows";
    case X509_V_ERR_EE_KEY_TOO_SMALL:
    case X509_V_ERR_CA_KEY_TOO_SMALL:
      return weakness_words(f);
    case X509_V_ERR_CA_MD_TOO_WEAK:
      return signature_words(f);
    case X509_V_ERR_CERT_REVOKED:
      return revocation_words(f);
    case X509_V_ERR_CRL_HAS_EXPIRED:
    case X509_V_ERR_CRL_NOT_YET_VALID:
      return list_words(f);
    case X509_V_ERR_UNABLE_TO_GET_CRL:
      return ", of which there is no revocation list: crl_file needs one of each authority";
    case X509_V_ERR_PERMITTED_VIOLATION:
    case X509_V_ERR_EXCLUDED_VIOLATION:
      return "; an authority above it may not issue for all of its names: " +
             names_excerpt(alternative_names(f.certificate));
    case X509_V_ERR_DANE_NO_MATCH:
      return record_words(f);
    default:
      return {};
  }
}

}  // namespace

refusal verification_explanation(SSL* ssl, X509_STORE_CTX* context) {
  const error_queue_mark quiet;
  fault f{ssl, context, X509_STORE_CTX_get_current_cert(context),
          X509_STORE_CTX_get_error_depth(context), X509_STORE_CTX_get_error(context)};
  if (f.certificate == nullptr) f.certificate = X509_STORE_CTX_get0_cert(context);
  if (f.certificate == nullptr) return {};
  return {place_in_chain(f.certificate, f.depth), advice_of(f.certificate, words_for(f))};
}

refusal wrong_name_words(SSL* ssl, const X509* leaf) {
  return {place_in_chain(leaf, 0), advice_of(leaf, name_words(ssl, leaf))};
}

}  // namespace detail
}  // namespace iostls
