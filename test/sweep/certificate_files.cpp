// SPDX-License-Identifier: Apache-2.0
#include "certificate_files.hpp"

#include <cstdio>
#include <memory>

#include <sys/stat.h>

#include <openssl/pkcs12.h>
#include <openssl/x509.h>

#include "algorithms.hpp"
#include "fixture.hpp"
#include "pem.hpp"
#include "verification/pins.hpp"

namespace iostls {
namespace test {
namespace {

std::string pkcs12_of(X509* leaf, EVP_PKEY* key, X509* issuer) {
  const auto free_list = [](STACK_OF(X509) * list) { sk_X509_free(list); };
  const std::unique_ptr<STACK_OF(X509), decltype(free_list)> others(sk_X509_new_null(), free_list);
  require(sk_X509_push(others.get(), issuer) == 1, "sk_X509_push");
  const std::unique_ptr<PKCS12, decltype(&PKCS12_free)> file(
      PKCS12_create(long_password, "localhost", key, leaf, others.get(), 0, 0, 1, 1, 0),
      PKCS12_free);
  require(file != nullptr, "PKCS12_create");
  return written([&](BIO* bio) { return i2d_PKCS12_bio(bio, file.get()); });
}

std::string hashed_name(const std::string& certificate) {
  char name[16];
  std::snprintf(name, sizeof name, "%08lx.0",
                X509_subject_name_hash(certificate_from(certificate).get()));
  return name;
}

}  // namespace

std::string pin_for(const std::string& certificate) {
  detail::pin p{};
  require(detail::pin_of(certificate_from(certificate).get(), p), "pin_of");
  return detail::to_text(p);
}

file_collection::file_collection() {
  const auto leaf = certificate_from(long_named().certificate);
  const auto key = key_from(long_named().key);
  const std::string& root = test_authority().certificate();
  folder_.write("leaf.der", written([&](BIO* bio) { return i2d_X509_bio(bio, leaf.get()); }));
  // FIPS' provider can make none.
  if (!lacks("PKCS12KDF"))
    folder_.write("leaf.p12", pkcs12_of(leaf.get(), key.get(), certificate_from(root).get()));
  folder_.write("encrypted.pem", to_pem(key.get(), long_password));
  folder_.write("ca.pem", root);
  require(::mkdir(path("folder").c_str(), 0700) == 0, "mkdir");
  folder_.write("folder/" + hashed_name(root), root);
}

const file_collection& certificate_files() {
  static const file_collection instance;
  return instance;
}

}  // namespace test
}  // namespace iostls
