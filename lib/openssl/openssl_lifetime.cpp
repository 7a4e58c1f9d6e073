// SPDX-License-Identifier: Apache-2.0
#include "openssl/openssl_lifetime.hpp"

#include <openssl/crypto.h>

namespace iostls {
namespace detail {

// OPENSSL_init_crypto does nothing without an option. Every use of TLS asks for this one.
void outlive_statics() noexcept {
  static_cast<void>(OPENSSL_init_crypto(OPENSSL_INIT_LOAD_CRYPTO_STRINGS, nullptr));
}

#if defined(__GNUC__)
namespace {

// 101 is the first priority that programs may use: this runs before the static objects of a program
// that links the static library are constructed.
__attribute__((constructor(101))) void on_load() { outlive_statics(); }

}  // namespace
#endif

}  // namespace detail
}  // namespace iostls
