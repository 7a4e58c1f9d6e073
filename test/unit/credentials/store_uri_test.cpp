// SPDX-License-Identifier: Apache-2.0
// Certificates and keys by URIs of OpenSSL's store.
#include <filesystem>
#include <stdexcept>
#include <string>

#include <gtest/gtest.h>
#include <iostls/ssl_context.hpp>

#include "algorithms.hpp"
#include "credential_forms.hpp"

namespace iostls {
namespace test {
namespace {

class store_uri : public credential_forms {};

TEST_F(store_uri, of_a_file_is_read) {
  if (lacks("PKCS12KDF")) GTEST_SKIP() << "no provider has what PKCS#12 derives keys with";
  const std::string pem = "file:" + dir_.write("a.pem", deep_.both());
  expect_served(with(pem));
  expect_served(with(pem, pem));
  const std::string p12 = dir_.write("a.p12", pkcs12({leaf(), deep_.key, jumble()}, "secret"));
  expect_served(with("file:" + p12, {}, "secret"));
  expect_served(with("file://" + p12, {}, "secret"));
  const std::string key = "file:" + dir_.write("k.der", encrypted_key_der(deep_.key, "secret"));
  expect_served(with(pem_text(deep_.certificate), key, "secret"));
}

TEST_F(store_uri, that_leads_nowhere_is_named) {
  const std::string missing = "file:" + (dir_ / "missing");
  expect_refused(with(missing), "certificate", {'"' + missing + '"', "No such file"});
  const std::string folder = "file:" + dir_.path();
  expect_refused(with(folder), "certificate", {folder, "holds no certificate"});
  const std::string certificate = "file:" + dir_.write("c.pem", deep_.certificate);
  expect_refused(with(certificate), "certificate", {certificate, "holds no private key"});
  const std::string key = "file:" + dir_.write("k.pem", deep_.key);
  expect_refused(with(key), "certificate", {key, "holds no certificate"});
  const std::string nul = std::string("file:\0x", 7);
  expect_refused(with(nul), "certificate", {"NUL"});
  const std::string text = "file:" + dir_.write("t.txt", "no certificate");
  expect_refused(with(text), "certificate", {text});
}

TEST_F(store_uri, opens_by_its_password) {
  const std::string uri = "file:" + dir_.write("k.der", encrypted_key_der(deep_.key, "secret"));
  const pem_text certificate(deep_.certificate);
  expect_refused(with(certificate, uri, "wrong"), "certificate_password", {uri, "does not open"});
  expect_refused(with(certificate, uri), "certificate_password", {uri, "no password is given"});
  const auto failing = []() -> std::string { throw std::runtime_error("no safe"); };
  EXPECT_THROW(ssl_context::server(with(certificate, uri, failing)), std::runtime_error);

  const std::string both =
      "file:" + dir_.write("both.pem", deep_.certificate + encrypted_pem(deep_.key, "secret"));
  expect_served(with(both, {}, "secret"));
  expect_refused(with(both, {}, "wrong"), "certificate_password", {both, "does not open"});
}

TEST_F(store_uri, without_a_loader_is_a_path) {
  const pem_text certificate(deep_.certificate);
  expect_refused(with(certificate, "handle:0x81000001"), "key",
                 {"\"handle:0x81000001\"", "No such file", "provider", "\"handle:\""});
  if (std::filesystem::path::preferred_separator != '/') GTEST_SKIP() << "no name has a colon";
  dir_.write("key:of_mine.pem", deep_.key);
  const std::filesystem::path before = std::filesystem::current_path();
  std::filesystem::current_path(dir_.path());
  EXPECT_NO_THROW(ssl_context::server(with(certificate, "key:of_mine.pem")));
  std::filesystem::current_path(before);
}

// No provider for devices is active in the tests.
TEST_F(store_uri, of_a_device_without_a_provider_is_told_without_the_pin) {
  const context_options o =
      with(pem_text(deep_.certificate), "pkcs11:token=t;object=o;type=private?pin-value=1234");
  expect_refused(o, "key", {"\"pkcs11:token=t;object=o;type=private\"", "provider"});
  EXPECT_FALSE(mentions(thrown_by([&] { ssl_context::server(o); }), "1234"));
}

// Its provider may call its secrets as it likes.
TEST_F(store_uri, without_a_loader_is_told_without_its_query) {
  const context_options o = with(pem_text(deep_.certificate), "handle:0x81000001?secret=1234");
  expect_refused(o, "key", {"\"handle:0x81000001\"", "No such file"});
  EXPECT_FALSE(mentions(thrown_by([&] { ssl_context::server(o); }), "1234"));
}

TEST_F(store_uri, does_not_show_its_pin_wherever_it_stands) {
  for (const std::string uri :
       {"pkcs11:token=t;pin-value=1234;object=o", "PKCS11:token=t?pin-value=1234"}) {
    const ssl_error e =
        thrown_by([&] { ssl_context::server(with(pem_text(deep_.certificate), uri)); });
    EXPECT_FALSE(mentions(e, "1234")) << e.what();
    EXPECT_TRUE(mentions(e, "token=t")) << e.what();
    context_options o = server_options();
    o.openssl_commands = {{"VerifyCAStore", uri}};
    const ssl_error of_command = thrown_by([&] { ssl_context::server(o); });
    EXPECT_FALSE(mentions(of_command, "1234")) << of_command.what();
  }
}

}  // namespace
}  // namespace test
}  // namespace iostls
