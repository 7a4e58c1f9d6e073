// SPDX-License-Identifier: Apache-2.0
#include "openssl/openssl_lifetime.hpp"

#include <openssl/crypto.h>

namespace iostls {
namespace detail {

// Without any option, OPENSSL_init_crypto does nothing. This one is what every use of TLS asks for.
void outlive_statics() noexcept {
  static_cast<void>(OPENSSL_init_crypto(OPENSSL_INIT_LOAD_CRYPTO_STRINGS, nullptr));
}

#if defined(__GNUC__)
namespace {

// The first priority that is left to programs: before the static objects of a program that links the
// static library.
__attribute__((constructor(101))) void on_load() { outlive_statics(); }

}  // namespace
#endif

}  // namespace detail
}  // namespace iostls
