// SPDX-License-Identifier: Apache-2.0
// Certificates with trust settings, as openssl x509 -addtrust and -addreject make them.
#pragma once

#include <string>

#include <openssl/objects.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "pem.hpp"

namespace iostls {
namespace test {

inline std::string with_settings(X509* x509) {
  return written([x509](BIO* bio) { return PEM_write_bio_X509_AUX(bio, x509); });
}

// `purpose`: NID_client_auth or NID_server_auth.
inline std::string withdrawn_for(const std::string& certificate, int purpose) {
  const auto x509 = certificate_from(certificate);
  X509_add1_reject_object(x509.get(), OBJ_nid2obj(purpose));
  return with_settings(x509.get());
}

inline std::string trusted_for(const std::string& certificate, int purpose) {
  const auto x509 = certificate_from(certificate);
  X509_add1_trust_object(x509.get(), OBJ_nid2obj(purpose));
  return with_settings(x509.get());
}

// Which means nothing.
inline std::string nicknamed(const std::string& certificate, const std::string& name) {
  const auto x509 = certificate_from(certificate);
  const auto* const bytes = reinterpret_cast<const unsigned char*>(name.data());
  X509_alias_set1(x509.get(), bytes, static_cast<int>(name.size()));
  return with_settings(x509.get());
}

}  // namespace test
}  // namespace iostls
