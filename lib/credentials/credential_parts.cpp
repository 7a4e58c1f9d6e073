// SPDX-License-Identifier: Apache-2.0
#include "credentials/credential_parts.hpp"

#include <algorithm>
#include <utility>

#include <openssl/x509v3.h>

#include "openssl/error_queue.hpp"

namespace iostls {
namespace detail {

std::vector<x509_ptr> in_order_of_issue(std::vector<x509_ptr> certificates, const EVP_PKEY* key) {
  // See encoded_input::certificates().
  for (const x509_ptr& each : certificates) X509_check_purpose(each.get(), -1, 0);
  std::vector<x509_ptr> chain;
  const auto take_first = [&](auto fits) {
    const auto found = std::find_if(certificates.begin(), certificates.end(), fits);
    if (found == certificates.end()) return false;
    chain.push_back(std::move(*found));
    certificates.erase(found);
    return true;
  };
  const auto is_leaf = [key](const x509_ptr& each) {
    return key == nullptr || X509_check_private_key(each.get(), key) == 1;
  };
  const auto is_next = [&chain](const x509_ptr& each) {
    return X509_check_issued(each.get(), chain.back().get()) == X509_V_OK &&
           X509_check_issued(each.get(), each.get()) != X509_V_OK;
  };
  if (take_first(is_leaf)) {
    while (take_first(is_next)) continue;
  }
  clear_error_queue();
  return chain;
}

}  // namespace detail
}  // namespace iostls
