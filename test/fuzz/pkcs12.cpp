// SPDX-License-Identifier: Apache-2.0
// PKCS#12 files: they are loaded, or refused by an ssl_error that has the reason, and nothing else happens.
//
// Input: which file to start from, where it is given, and under which password; then edits of the
// file. Its MAC is made anew, since nothing behind it would be looked at otherwise.
#include <iostls/options.hpp>
#include <iostls/ssl_context.hpp>

#include <memory>
#include <string>
#include <vector>

#include <openssl/pkcs12.h>

#include "credential_fuzzing.hpp"
#include "fixture.hpp"
#include "fuzz_input.hpp"
#include "pem.hpp"

namespace iostls {
namespace fuzz {
namespace {

constexpr const char* password = "password";

using file_ptr = std::unique_ptr<PKCS12, decltype(&PKCS12_free)>;

std::string to_bytes(PKCS12* file) {
  unsigned char* der = nullptr;
  const int size = i2d_PKCS12(file, &der);
  if (size <= 0) return {};
  std::string bytes(reinterpret_cast<char*>(der), static_cast<std::size_t>(size));
  OPENSSL_free(der);
  return bytes;
}

// One derivation is quick, whatever an edit makes of it.
std::string made(const test::issued& credential, const std::string& authority, int encryption) {
  const auto leaf = test::certificate_from(credential.certificate);
  const auto other = test::certificate_from(authority);
  const std::unique_ptr<STACK_OF(X509), void (*)(STACK_OF(X509)*)> others(
      sk_X509_new_null(), [](STACK_OF(X509) * s) { sk_X509_free(s); });
  sk_X509_push(others.get(), other.get());
  const file_ptr file(PKCS12_create(password, "name", test::key_from(credential.key).get(),
                                    leaf.get(), others.get(), encryption, encryption, 1, 1, 0),
                      PKCS12_free);
  return to_bytes(file.get());
}

const std::vector<std::string>& objects() {
  static const std::vector<std::string> all = [] {
    const std::string& root = test::test_authority().certificate();
    return std::vector<std::string>{made(test::localhost(), root, -1),
                                    made(test::localhost(), root, NID_aes_128_cbc)};
  }();
  return all;
}

std::string with_new_mac(const std::string& bytes) {
  const auto* at = reinterpret_cast<const unsigned char*>(bytes.data());
  const file_ptr file(d2i_PKCS12(nullptr, &at, static_cast<long>(bytes.size())), PKCS12_free);
  std::string result = bytes;
  if (file != nullptr && PKCS12_set_mac(file.get(), password, -1, nullptr, 0, 1, nullptr) == 1) {
    result = to_bytes(file.get());
  }
  ERR_clear_error();
  return result;
}

void load(unsigned how, const std::string& bytes) {
  context_options options = test::server_options();
  if (how % 2 == 0) {
    options.certificate = pem_text(bytes);
    options.key = pem_source();
  } else {
    options.key = pem_text(bytes);
  }
  if (how % 4 < 2) options.certificate_password = password;
  expect_made_or_refused([&] { ssl_context::server(options); });
}

}  // namespace

void prepare() { objects(); }

void run(fuzz_input input) {
  const unsigned how = input.byte();
  std::string bytes = objects()[input.byte() % 2];
  edit_some(bytes, input);
  load(how, with_new_mac(bytes));
}

}  // namespace fuzz
}  // namespace iostls
