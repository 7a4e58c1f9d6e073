// SPDX-License-Identifier: Apache-2.0
// Certificates and keys from PKCS#12.
#include <stdexcept>
#include <string>

#include <gtest/gtest.h>
#include <iostls/ssl_context.hpp>

#include "algorithms.hpp"
#include "credential_forms.hpp"

namespace iostls {
namespace test {
namespace {

class pkcs12_file : public credential_forms {};

TEST_F(pkcs12_file, brings_certificate_key_and_chain) {
  if (lacks("PKCS12KDF")) GTEST_SKIP() << "no provider has what PKCS#12 derives keys with";
  const std::string file = pkcs12({leaf(), deep_.key, jumble()}, "secret");
  const std::string path = dir_.write("a.p12", file);
  expect_served(with(path, {}, "secret"));
  expect_served(with(path, path, "secret"));
  expect_served(with(pem_text(file), {}, "secret"));
  expect_served(with(path, pem_text(deep_.key), "secret"));
  expect_served(with(pem_text(deep_.certificate), path, "secret"));
}

TEST_F(pkcs12_file, asks_for_the_password_once) {
  if (lacks("PKCS12KDF")) GTEST_SKIP() << "no provider has what PKCS#12 derives keys with";
  const std::string path = dir_.write("a.p12", pkcs12({leaf(), deep_.key, jumble()}, "secret"));
  int asked = 0;
  expect_served(with(path, path, [&] {
    ++asked;
    return std::string("secret");
  }));
  EXPECT_EQ(asked, 1);
}

TEST_F(pkcs12_file, opens_by_no_other_password) {
  if (lacks("PKCS12KDF")) GTEST_SKIP() << "no provider has what PKCS#12 derives keys with";
  const std::string path = dir_.write("a.p12", pkcs12({leaf(), deep_.key, {}}, "secret"));
  expect_refused(with(path, {}, "wrong"), "certificate_password", {path, "does not open"});
  expect_refused(with(path, {}, ""), "certificate_password", {path, "does not open"});
  expect_refused(with(path), "certificate_password", {path, "no password is given"});
  expect_refused(with(path, {}, std::string("secret\0more", 11)), "certificate_password",
                 {path, "does not open"});
  expect_refused(with(path, {}, std::string(1024, 'x')), "certificate_password", {"1,023"});
  const auto failing = []() -> std::string { throw std::runtime_error("no safe"); };
  EXPECT_THROW(ssl_context::server(with(path, {}, failing)), std::runtime_error);
}

TEST_F(pkcs12_file, without_a_password_opens_without_one) {
  if (lacks("PKCS12KDF")) GTEST_SKIP() << "no provider has what PKCS#12 derives keys with";
  for (const char* const password : {static_cast<const char*>(nullptr), ""}) {
    const std::string file = pkcs12({leaf(), deep_.key, jumble()}, password);
    expect_served(with(pem_text(file)));
    expect_served(with(pem_text(file), {}, "not needed"));
  }
}

TEST_F(pkcs12_file, without_a_mac_is_not_read_by_every_openssl) {
  if (lacks("PKCS12KDF")) GTEST_SKIP() << "no provider has what PKCS#12 derives keys with";
  const std::string path =
      dir_.write("a.p12", pkcs12({leaf(), deep_.key, jumble(), false}, "secret"));
  try {
    ssl_context::server(with(path, {}, "secret"));
  } catch (const ssl_error& e) {
    EXPECT_TRUE(mentions(e, "has no MAC")) << e.what();
  }
  expect_refused(with(path, {}, "wrong"), "certificate", {path, "has no MAC"});
}

TEST_F(pkcs12_file, that_lacks_something_is_named) {
  if (lacks("PKCS12KDF")) GTEST_SKIP() << "no provider has what PKCS#12 derives keys with";
  const std::string no_key = dir_.write("c.p12", pkcs12({{}, {}, deep_.certificate}, "secret"));
  expect_refused(with(no_key, {}, "secret"), "certificate", {no_key, "holds no private key"});
  expect_served(with(no_key, pem_text(deep_.key), "secret"));
  const std::string only_key = dir_.write("k.p12", pkcs12({{}, deep_.key, {}}, "secret"));
  expect_refused(with(only_key, {}, "secret"), "certificate", {only_key, "holds no certificate"});
  expect_served(with(pem_text(deep_.certificate), only_key, "secret"));
  const std::string other = dir_.write("o.p12", pkcs12({leaf(), deep_.key, {}}, "secret"));
  expect_refused(with(other, pem_text(localhost().key), "secret"), "key", {"does not belong"});
}

TEST_F(pkcs12_file, that_was_cut_or_changed_is_refused) {
  if (lacks("PKCS12KDF")) GTEST_SKIP() << "no provider has what PKCS#12 derives keys with";
  const std::string file = pkcs12({leaf(), deep_.key, jumble()}, "secret");
  for (const std::size_t size : {std::size_t{130}, file.size() / 2, file.size() - 1}) {
    const std::string path = dir_.write("cut.p12", file.substr(0, size));
    expect_refused(with(path, {}, "secret"), "certificate", {path, "cannot be read"});
  }
  for (std::size_t at = 20; at < file.size(); at += 37) {
    std::string changed = file;
    changed[at] = static_cast<char>(changed[at] ^ 0x20);
    try {
      ssl_context::server(with(pem_text(changed), {}, "secret"));
    } catch (const ssl_error& e) {
      EXPECT_EQ(e.code(), ssl_errc::bad_credentials) << e.what();
    }
  }
}

TEST_F(pkcs12_file, is_served_by_name_too) {
  if (lacks("PKCS12KDF")) GTEST_SKIP() << "no provider has what PKCS#12 derives keys with";
  context_options o = server_options();
  credential_source more;
  more.certificate = pem_text(pkcs12({leaf(), deep_.key, jumble()}, "secret"));
  more.certificate_password = "wrong";
  o.more_credentials = {more};
  expect_refused(o, "more_credentials[0].certificate_password", {"does not open"});
  o.more_credentials[0].certificate_password = "secret";
  EXPECT_NO_THROW(ssl_context::server(o));
}

}  // namespace
}  // namespace test
}  // namespace iostls
