// SPDX-License-Identifier: Apache-2.0
// OCSP responses: verifies one and extracts the answer about one certificate.
#pragma once

#include <string>
#include <vector>

#include <openssl/ssl.h>

#include <iostls/ocsp.hpp>

#include "base/utc_time.hpp"
#include "openssl/openssl_ptr.hpp"

namespace iostls {
namespace detail {

struct ocsp_answer {
  ocsp_result result = ocsp_result::invalid;  // good, revoked, unknown, or invalid
  std::string words;                          // why it is not good, for an error
  utc_seconds from = 0;                       // the times between which it is valid
  utc_seconds until = 0;
};

// How far the clock of a responder may differ from ours.
constexpr utc_seconds ocsp_clock_skew = 300;

// The rule for times, both for judging a response and for sending one. `grace` is how long a
// response remains usable after its end.
constexpr bool is_current(utc_seconds from, utc_seconds until, utc_seconds now,
                          utc_seconds grace) noexcept {
  return from <= now + ocsp_clock_skew && now < until + grace;
}

// Returns what `response`, in DER, states about the certificate `leaf`. An answer that is not
// `invalid` was signed by `issuer`, or by a responder to whom it has delegated that. Times are not
// checked. OpenSSL's reasons for `invalid` are left in its queue. `security_level` is what keys and
// signatures must satisfy.
ocsp_answer read_ocsp_response(const std::string& response, X509* leaf, X509* issuer,
                               int security_level);

// Owned certificates in the form that `find_issuer` takes.
std::vector<X509*> pointers_to(const std::vector<x509_ptr>& certificates);

// The issuer of `leaf`: one of `candidates`, or of those that `store` trusts; null if it cannot be
// found. Names and signature are checked, but not whether the issuer is trusted.
x509_ptr find_issuer(X509_STORE* store, X509* leaf, const std::vector<X509*>& candidates);

}  // namespace detail
}  // namespace iostls
