// SPDX-License-Identifier: Apache-2.0
#include "fixed_random.hpp"

#include <array>

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>

#include "fuzz_input.hpp"

namespace iostls {
namespace fuzz {
namespace {

constexpr unsigned strength = 256;
bool fixed = false;

using sequence = std::array<unsigned char, 1 << 16>;

sequence make_sequence() {
  sequence bytes{};
  std::uint32_t state = 1;
  for (unsigned char& byte : bytes) {
    state = state * 1664525U + 1013904223U;
    byte = static_cast<unsigned char>(state >> 24);
  }
  return bytes;
}

bool rewind(EVP_RAND_CTX* generator) {
  static sequence bytes = make_sequence();
  static std::array<unsigned char, 16> nonce{};
  unsigned wanted = strength;
  const OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_octet_string(OSSL_RAND_PARAM_TEST_ENTROPY, bytes.data(), bytes.size()),
      OSSL_PARAM_construct_octet_string(OSSL_RAND_PARAM_TEST_NONCE, nonce.data(), nonce.size()),
      OSSL_PARAM_construct_uint(OSSL_RAND_PARAM_STRENGTH, &wanted), OSSL_PARAM_construct_end()};
  EVP_RAND_uninstantiate(generator);
  return EVP_RAND_instantiate(generator, strength, 0, nullptr, 0, parameters) == 1;
}

bool rewind_all() {
  return rewind(RAND_get0_public(nullptr)) && rewind(RAND_get0_private(nullptr));
}

}  // namespace

bool fix_random_numbers() {
  fixed = RAND_set_DRBG_type(nullptr, "TEST-RAND", "provider=default", nullptr, nullptr) == 1 &&
          RAND_get0_primary(nullptr) != nullptr && rewind_all();
  ERR_clear_error();
  return fixed;
}

void rewind_random_numbers() {
  if (fixed) expect(rewind_all(), "random numbers begin anew");
}

}  // namespace fuzz
}  // namespace iostls
