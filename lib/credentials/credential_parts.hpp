// SPDX-License-Identifier: Apache-2.0
// The certificates and the key that were found in a file or store.
#pragma once

#include <vector>

#include "openssl/openssl_ptr.hpp"

namespace iostls {
namespace detail {

struct credential_parts {
  std::vector<x509_ptr> certificates;
  pkey_ptr key;  // null if there is none
};

// Sorts certificates that are in no order: the key's own first (or the first one, if there is no
// key), then its issuer, and so on, without a root, which peers have. Returns none if no
// certificate belongs to the key.
std::vector<x509_ptr> in_order_of_issue(std::vector<x509_ptr> certificates, const EVP_PKEY* key);

}  // namespace detail
}  // namespace iostls
