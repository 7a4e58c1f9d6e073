// SPDX-License-Identifier: Apache-2.0
// Shared ownership of certificates, by OpenSSL's reference counts.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include <openssl/x509.h>

#include <iostls/certificate.hpp>

#include "openssl/openssl_ptr.hpp"

namespace iostls {
namespace detail {

inline x509_ptr shared(X509* certificate) noexcept {
  X509_up_ref(certificate);
  return x509_ptr(certificate);
}

inline std::vector<x509_ptr> shared(const std::vector<x509_ptr>& certificates) {
  std::vector<x509_ptr> result;
  result.reserve(certificates.size());
  for (const x509_ptr& each : certificates) result.push_back(shared(each.get()));
  return result;
}

// Null, which OpenSSL sometimes uses for an empty stack, gives none.
inline std::vector<x509_ptr> shared(const STACK_OF(X509) * certificates) {
  const int count = certificates != nullptr ? sk_X509_num(certificates) : 0;
  std::vector<x509_ptr> result;
  result.reserve(static_cast<std::size_t>(count));
  for (int i = 0; i != count; ++i) result.push_back(shared(sk_X509_value(certificates, i)));
  return result;
}

// Shares the object with its other owners. Null makes an empty certificate.
inline certificate shared_certificate(X509* x509) {
  if (x509 == nullptr) return certificate();
  X509_up_ref(x509);
  return certificate(
      std::shared_ptr<void>(x509, [](void* p) { X509_free(static_cast<X509*>(p)); }));
}

}  // namespace detail
}  // namespace iostls
