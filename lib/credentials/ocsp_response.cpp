// SPDX-License-Identifier: Apache-2.0
#include "credentials/ocsp_response.hpp"

#include <algorithm>
#include <limits>
#include <memory>
#include <new>
#include <ostream>

#include <openssl/err.h>
#include <openssl/ocsp.h>
#include <openssl/x509_vfy.h>

#include "base/utc_time.hpp"

namespace iostls {

std::ostream& operator<<(std::ostream& out, ocsp_result result) {
  switch (result) {
    case ocsp_result::not_requested:
      return out << "not requested";
    case ocsp_result::missing:
      return out << "missing";
    case ocsp_result::good:
      return out << "good";
    case ocsp_result::revoked:
      return out << "revoked";
    case ocsp_result::unknown:
      return out << "unknown";
    case ocsp_result::expired:
      return out << "expired";
    case ocsp_result::invalid:
      break;
  }
  return out << "invalid";
}

namespace detail {
namespace {

using response_ptr = openssl_ptr<OCSP_RESPONSE, OCSP_RESPONSE_free>;
using basic_ptr = openssl_ptr<OCSP_BASICRESP, OCSP_BASICRESP_free>;
using id_ptr = openssl_ptr<OCSP_CERTID, OCSP_CERTID_free>;
using store_ptr = openssl_ptr<X509_STORE, X509_STORE_free>;
using store_ctx_ptr = openssl_ptr<X509_STORE_CTX, X509_STORE_CTX_free>;

// How long an answer is current that does not state when the next one is due.
constexpr utc_seconds default_lifetime = 24 * 3600;

template <class Ptr>
Ptr required(Ptr object) {
  if (object == nullptr) throw std::bad_alloc();
  return object;
}

ocsp_answer invalid(std::string why) {
  ocsp_answer answer;
  answer.words = std::move(why);
  return answer;
}

// The signer's chain has to end at the issuer itself: nobody else may speak for it, even if they
// are trusted otherwise.
bool is_signed(OCSP_BASICRESP* basic, X509* issuer, int security_level) {
  const auto store = required(store_ptr(X509_STORE_new()));
  const auto known = required(std::unique_ptr<STACK_OF(X509), free_stack>(sk_X509_new_null()));
  if (X509_STORE_add_cert(store.get(), issuer) != 1 || sk_X509_push(known.get(), issuer) <= 0) {
    return false;
  }
  X509_STORE_set_flags(store.get(), X509_V_FLAG_PARTIAL_CHAIN);
  X509_VERIFY_PARAM_set_auth_level(X509_STORE_get0_param(store.get()), security_level);
  return OCSP_basic_verify(basic, known.get(), store.get(), OCSP_NOEXPLICIT) == 1;
}

// A responder may identify the certificate by any hash of its issuer.
bool is_about(OCSP_SINGLERESP* single, X509* leaf, X509* issuer) {
  auto* const id = const_cast<OCSP_CERTID*>(OCSP_SINGLERESP_get0_id(single));
  ASN1_OBJECT* hash = nullptr;
  OCSP_id_get0_info(nullptr, &hash, nullptr, nullptr, id);
  const EVP_MD* const md = EVP_get_digestbyobj(hash);
  if (md == nullptr) return false;
  ERR_set_mark();
  const id_ptr ours(OCSP_cert_to_id(md, leaf, issuer));
  ERR_pop_to_mark();
  return ours != nullptr && OCSP_id_cmp(ours.get(), id) == 0;
}

OCSP_SINGLERESP* find_answer(OCSP_BASICRESP* basic, X509* leaf, X509* issuer) {
  for (int i = 0; i < OCSP_resp_count(basic); ++i) {
    OCSP_SINGLERESP* const single = OCSP_resp_get0(basic, i);
    if (is_about(single, leaf, issuer)) return single;
  }
  return nullptr;
}

std::string words_of_revocation(int reason, const ASN1_GENERALIZEDTIME* when) {
  std::string words = "the certificate was revoked";
  utc_seconds time = 0;
  if (read_time(when, time)) words += " on " + utc_text(time);
  if (reason >= 0) words += std::string(" (") + OCSP_crl_reason_str(reason) + ")";
  return words;
}

ocsp_answer read_answer(OCSP_SINGLERESP* single) {
  int reason = -1;
  ASN1_GENERALIZEDTIME* revoked = nullptr;
  ASN1_GENERALIZEDTIME* from = nullptr;
  ASN1_GENERALIZEDTIME* until = nullptr;
  const int status = OCSP_single_get0_status(single, &reason, &revoked, &from, &until);
  ocsp_answer answer;
  if (!read_time(from, answer.from) || (until != nullptr && !read_time(until, answer.until))) {
    return invalid("the OCSP response has a time that is none");
  }
  if (until == nullptr) answer.until = answer.from + default_lifetime;
  if (status == V_OCSP_CERTSTATUS_GOOD) {
    answer.result = ocsp_result::good;
  } else if (status == V_OCSP_CERTSTATUS_REVOKED) {
    answer.result = ocsp_result::revoked;
    answer.words = words_of_revocation(reason, revoked);
  } else {
    answer.result = ocsp_result::unknown;
    answer.words = "the OCSP responder does not know the certificate";
  }
  return answer;
}

// Null unless the bytes are exactly one response.
response_ptr parsed(const std::string& response) {
  const auto* at = reinterpret_cast<const unsigned char*>(response.data());
  const auto* const end = at + response.size();
  const auto most = static_cast<std::size_t>((std::numeric_limits<int>::max)());
  if (response.size() > most) return nullptr;
  response_ptr result(d2i_OCSP_RESPONSE(nullptr, &at, static_cast<long>(response.size())));
  if (at != end) result.reset();
  return result;
}

bool has_issued(X509* candidate, X509* leaf) {
  return X509_check_issued(candidate, leaf) == X509_V_OK &&
         X509_verify(leaf, X509_get0_pubkey(candidate)) == 1;
}

x509_ptr issuer_in(X509_STORE* store, X509* leaf) {
  const auto context = required(store_ctx_ptr(X509_STORE_CTX_new()));
  X509* found = nullptr;
  if (X509_STORE_CTX_init(context.get(), store, leaf, nullptr) == 1) {
    X509_STORE_CTX_get1_issuer(&found, context.get(), leaf);
  }
  x509_ptr issuer(found);
  if (issuer != nullptr && !has_issued(issuer.get(), leaf)) issuer.reset();
  return issuer;
}

}  // namespace

ocsp_answer read_ocsp_response(const std::string& response, X509* leaf, X509* issuer,
                               int security_level) {
  const response_ptr whole = parsed(response);
  if (whole == nullptr) return invalid("the OCSP response cannot be read");
  const int status = OCSP_response_status(whole.get());
  if (status != OCSP_RESPONSE_STATUS_SUCCESSFUL) {
    return invalid(std::string("the OCSP responder has answered \"") +
                   OCSP_response_status_str(status) + "\"");
  }
  const basic_ptr basic(OCSP_response_get1_basic(whole.get()));
  if (basic == nullptr) return invalid("the OCSP response cannot be read");
  if (!is_signed(basic.get(), issuer, security_level)) {
    return invalid("the OCSP response is not signed by the certificate's issuer");
  }
  OCSP_SINGLERESP* const single = find_answer(basic.get(), leaf, issuer);
  if (single == nullptr) return invalid("the OCSP response is about another certificate");
  return read_answer(single);
}

std::vector<X509*> pointers_to(const std::vector<x509_ptr>& certificates) {
  std::vector<X509*> pointers(certificates.size());
  std::transform(certificates.begin(), certificates.end(), pointers.begin(),
                 [](const x509_ptr& each) { return each.get(); });
  return pointers;
}

x509_ptr find_issuer(X509_STORE* store, X509* leaf, const std::vector<X509*>& candidates) {
  ERR_set_mark();
  const auto found = std::find_if(candidates.begin(), candidates.end(),
                                  [leaf](X509* each) { return has_issued(each, leaf); });
  x509_ptr issuer;
  if (found == candidates.end()) {
    issuer = issuer_in(store, leaf);
  } else if (X509_up_ref(*found) == 1) {
    issuer.reset(*found);
  }
  ERR_pop_to_mark();
  return issuer;
}

}  // namespace detail
}  // namespace iostls
