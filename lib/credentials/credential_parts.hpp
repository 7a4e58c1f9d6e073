// SPDX-License-Identifier: Apache-2.0
// What is found where an option expects a certificate, or its key.
#pragma once

#include <vector>

#include "openssl/openssl_ptr.hpp"

namespace iostls {
namespace detail {

struct credential_parts {
  std::vector<x509_ptr> certificates;
  pkey_ptr key;  // null if there is none
};

// Of certificates that lie somewhere in no order: the key's own, or the first if there is no key,
// then its issuer, and so on, without a root, which peers have. None if the key has no certificate.
std::vector<x509_ptr> in_order_of_issue(std::vector<x509_ptr> certificates, const EVP_PKEY* key);

}  // namespace detail
}  // namespace iostls
