// SPDX-License-Identifier: Apache-2.0
// OpenSSL's certificates as users see them.
#pragma once

#include <memory>

#include <openssl/x509.h>

#include <iostls/certificate.hpp>

namespace iostls {
namespace detail {

// Shares the object with whoever has it. Null makes an empty certificate.
inline certificate shared_certificate(X509* x509) {
  if (x509 == nullptr) return certificate();
  X509_up_ref(x509);
  return certificate(
      std::shared_ptr<void>(x509, [](void* p) { X509_free(static_cast<X509*>(p)); }));
}

}  // namespace detail
}  // namespace iostls
