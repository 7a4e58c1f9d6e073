// SPDX-License-Identifier: Apache-2.0
#include "credentials/host_match.hpp"

#include <algorithm>
#include <memory>
#include <string_view>

#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include "openssl/error_queue.hpp"

namespace iostls {
namespace detail {
namespace {

using names_ptr = std::unique_ptr<GENERAL_NAMES, decltype(&GENERAL_NAMES_free)>;

bool openssl_matches(X509* leaf, std::string_view name, unsigned flags) noexcept {
  return X509_check_host(leaf, name.data(), name.size(), flags, nullptr) == 1;
}

// Whether the name is "*.example.org", if `domain` is ".example.org".
bool is_wildcard_of(const GENERAL_NAME* name, std::string_view domain) noexcept {
  if (name->type != GEN_DNS) return false;
  const auto size = static_cast<std::size_t>(ASN1_STRING_length(name->d.dNSName));
  const auto* const data = reinterpret_cast<const char*>(ASN1_STRING_get0_data(name->d.dNSName));
  const std::string_view text(data, size);
  return !text.empty() && text.front() == '*' && same_letters(text.substr(1), domain);
}

bool has_wildcard_of(X509* leaf, std::string_view domain) noexcept {
  const names_ptr all(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(leaf, NID_subject_alt_name, nullptr, nullptr)),
      GENERAL_NAMES_free);
  for (int i = 0; i < sk_GENERAL_NAME_num(all.get()); ++i) {
    if (is_wildcard_of(sk_GENERAL_NAME_value(all.get(), i), domain)) return true;
  }
  return false;
}

// For names with an underscore, which OpenSSL does not match with a wildcard. "*.org" is no
// wildcard here, as in OpenSSL.
bool matches_by_underscore(X509* leaf, std::string_view name) noexcept {
  const std::size_t label = std::min(name.find('.'), name.size());
  const std::string_view domain = name.substr(label);
  return name.substr(0, label).find('_') != std::string_view::npos &&
         std::count(domain.begin(), domain.end(), '.') >= 2 && has_wildcard_of(leaf, domain);
}

}  // namespace

bool name_matches(X509* leaf, std::string_view name, wildcards w) noexcept {
  const error_queue_mark quiet;
  if (w == wildcards::do_not_count) {
    return openssl_matches(leaf, name, host_match_flags | X509_CHECK_FLAG_NO_WILDCARDS);
  }
  return openssl_matches(leaf, name, host_match_flags) || matches_by_underscore(leaf, name);
}

bool host_matches(X509* leaf, const host_name& name, wildcards w) noexcept {
  const error_queue_mark quiet;
  if (!name.fault.empty()) return false;
  if (name.is_address) return X509_check_ip_asc(leaf, name.text.c_str(), 0) == 1;
  return name_matches(leaf, name.text, w);
}

void settle_host(X509_STORE_CTX* context, const char* host) noexcept {
  const error_queue_mark quiet;
  X509_VERIFY_PARAM* const param = X509_STORE_CTX_get0_param(context);
  X509* const leaf = X509_STORE_CTX_get0_cert(context);
  // The program may have set flags itself; they are respected.
  const unsigned flags = X509_VERIFY_PARAM_get_hostflags(param);
  if (host == nullptr || leaf == nullptr || (flags & X509_CHECK_FLAG_NO_WILDCARDS) != 0) return;
  if (!matches_by_underscore(leaf, host) || openssl_matches(leaf, host, flags)) return;
  X509_VERIFY_PARAM_set1_host(param, nullptr, 0);
}

}  // namespace detail
}  // namespace iostls
