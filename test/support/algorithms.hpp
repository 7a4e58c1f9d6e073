// SPDX-License-Identifier: Apache-2.0
// What OpenSSL's active providers have: FIPS' have less than the default one. A test that cannot do
// without something skips, and reports why:
//   if (lacks("MD5")) GTEST_SKIP() << "no provider has MD5";
#pragma once

#include <string>

#include <iostls/options.hpp>

namespace iostls {
namespace test {

// `name` is a cipher's, a digest's, a kind of key, or a derivation of keys: "ChaCha20-Poly1305", "MD5",
// "X25519", "PKCS12KDF".
bool lacks(const std::string& name);

// Empty, or why no handshake of this version can have a pre-shared key.
std::string obstacle_to_psk(tls_version version);

// Keys of RSA below 2048 bits cannot be made then.
bool only_fips_is_allowed();

}  // namespace test
}  // namespace iostls
