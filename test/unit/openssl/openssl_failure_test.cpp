// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <iostls/ssl_error.hpp>

#include "openssl/openssl_failure.hpp"

namespace iostls {
namespace test {
namespace {

std::error_code failure_after(int library, int reason, bool handshake_done) {
  ERR_clear_error();
  ERR_raise(library, reason);
  const std::error_code kind = detail::openssl_failure({}, handshake_done);
  ERR_clear_error();
  return kind;
}

TEST(openssl_failure, of_a_certificate_is_its_rejection_in_every_handshake) {
  for (const bool done : {false, true}) {
    EXPECT_EQ(failure_after(ERR_LIB_SSL, SSL_R_CERTIFICATE_VERIFY_FAILED, done),
              ssl_errc::certificate_rejected);
  }
}

// The number is that of another reason there.
TEST(openssl_failure, of_another_library_is_none_of_tls) {
  static_assert(X509_R_NAME_TOO_LONG == SSL_R_CERTIFICATE_VERIFY_FAILED, "otherwise, take another");
  EXPECT_EQ(failure_after(ERR_LIB_X509, X509_R_NAME_TOO_LONG, false), ssl_errc::handshake_failed);
  EXPECT_EQ(failure_after(ERR_LIB_X509, X509_R_NAME_TOO_LONG, true), ssl_errc::protocol_error);
  EXPECT_EQ(failure_after(ERR_LIB_EVP, SSL_R_WRONG_VERSION_NUMBER, false),
            ssl_errc::handshake_failed);
}

}  // namespace
}  // namespace test
}  // namespace iostls
