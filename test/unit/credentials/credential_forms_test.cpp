// SPDX-License-Identifier: Apache-2.0
// Certificates and keys that are no PEM: DER, PKCS#12, and URIs of OpenSSL's store.
#include <algorithm>
#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <openssl/err.h>
#include <openssl/pkcs12.h>
#include <iostls/ssl_context.hpp>

#include "algorithms.hpp"
#include "files.hpp"
#include "fixture.hpp"
#include "memory_handshake.hpp"
#include "pem.hpp"
#include "thrown.hpp"

namespace iostls {
namespace test {
namespace {

std::vector<std::shared_ptr<X509>> certificates_from(const std::string& pem) {
  std::vector<std::shared_ptr<X509>> all;
  const std::string end = "-----END CERTIFICATE-----\n";
  for (std::size_t from = 0, to; (to = pem.find(end, from)) != std::string::npos;
       from = to + end.size()) {
    all.push_back(certificate_from(pem.substr(from, to + end.size() - from)));
  }
  return all;
}

std::string certificate_der(const std::string& pem) {
  std::string der;
  for (const auto& x509 : certificates_from(pem)) {
    der += written([&](BIO* bio) { return i2d_X509_bio(bio, x509.get()); });
  }
  return der;
}

std::string key_der(const std::string& pem) {
  return written([&](BIO* bio) { return i2d_PKCS8PrivateKeyInfo_bio(bio, key_from(pem).get()); });
}

std::string traditional_key_der(const std::string& pem) {
  return written([&](BIO* bio) { return i2d_PrivateKey_bio(bio, key_from(pem).get()); });
}

std::string encrypted_key_der(const std::string& pem, const std::string& password) {
  return written([&](BIO* bio) {
    return i2d_PKCS8PrivateKey_bio(bio, key_from(pem).get(), EVP_aes_128_cbc(), password.data(),
                                   static_cast<int>(password.size()), nullptr, nullptr);
  });
}

std::string encrypted_pem(const std::string& pem, const std::string& password) {
  return to_pem(key_from(pem).get(), password);
}

struct pkcs12_content {
  std::string leaf, key, others;  // PEM; empty: not in it
  bool has_mac = true;
};

std::string pkcs12(const pkcs12_content& content, const char* password) {
  const auto leaf = content.leaf.empty() ? nullptr : certificate_from(content.leaf);
  const auto key = content.key.empty() ? nullptr : key_from(content.key);
  const std::unique_ptr<STACK_OF(X509), void (*)(STACK_OF(X509)*)> others(
      sk_X509_new_null(), [](STACK_OF(X509) * s) { sk_X509_free(s); });
  const auto all = certificates_from(content.others);
  for (const auto& each : all) sk_X509_push(others.get(), each.get());
  const std::unique_ptr<PKCS12, decltype(&PKCS12_free)> file(
      PKCS12_create(password, "a name", key.get(), leaf.get(), others.get(), 0, 0, 0,
                    content.has_mac ? 0 : -1, 0),
      PKCS12_free);
  require(file != nullptr, "PKCS12_create");
  return written([&](BIO* bio) { return i2d_PKCS12_bio(bio, file.get()); });
}

context_options with(const pem_source& certificate, const pem_source& key = {},
                     const password_source& password = {}) {
  context_options o;
  o.certificate = certificate;
  o.key = key;
  o.certificate_password = password;
  return o;
}

void expect_refused(const context_options& o, const std::string& option,
                    const std::vector<std::string>& words) {
  const ssl_error e = thrown_by([&] { ssl_context::server(o); });
  EXPECT_EQ(e.code(), ssl_errc::bad_credentials) << e.what();
  EXPECT_EQ(e.operation(), option) << e.what();
  for (const std::string& word : words) EXPECT_TRUE(mentions(e, word)) << word << ": " << e.what();
}

class credential_forms : public testing::Test {
 protected:
  // Whether a client that trusts the root and has no intermediates gets along with such a server.
  static void expect_served(const context_options& server) {
    memory_handshake h(ssl_context::server(server), ssl_context::client(client_options()));
    EXPECT_TRUE(h.run());
    EXPECT_EQ(h.client_verdict(), X509_V_OK);
    EXPECT_EQ(sk_X509_num(SSL_get_peer_cert_chain(h.client())), 3);
    EXPECT_EQ(ERR_peek_error(), 0UL);
  }

  std::string leaf() const { return to_pem(certificate_from(deep_.certificate).get()); }
  std::string intermediates() const { return deep_.certificate.substr(leaf().size()); }
  // In no order, and with what does not belong to the chain.
  std::string jumble() const {
    const auto chain = certificates_from(deep_.certificate);
    return authority("Other").certificate() + test_authority().certificate() +
           to_pem(chain.at(2).get()) + to_pem(chain.at(1).get());
  }

  const issued deep_ = test_authority().intermediate("A").intermediate("B").leaf();
  const temp_dir dir_;
};

TEST_F(credential_forms, der_is_read_from_files_and_memory) {
  const std::string certificate = certificate_der(deep_.certificate);
  const std::string key = key_der(deep_.key);
  const std::string path = dir_.write("a.der", certificate);
  expect_served(with(path, dir_.write("k.der", key)));
  expect_served(with(pem_text(certificate), pem_text(key)));
  expect_served(with(path, pem_text(deep_.key)));
  expect_served(with(pem_text(deep_.certificate), pem_text(key)));
  expect_served(with(path, pem_text(traditional_key_der(deep_.key))));
}

TEST_F(credential_forms, der_key_may_be_encrypted) {
  const pem_text certificate(deep_.certificate);
  const std::string path = dir_.write("k.der", encrypted_key_der(deep_.key, "secret"));
  expect_served(with(certificate, path, "secret"));
  expect_refused(with(certificate, path, "wrong"), "certificate_password", {path, "does not open"});
  expect_refused(with(certificate, path), "certificate_password", {path, "no password is given"});
}

TEST_F(credential_forms, der_of_something_else_is_named) {
  const std::string certificate = dir_.write("a.der", certificate_der(deep_.certificate));
  const std::string key = dir_.write("k.der", key_der(deep_.key));
  expect_refused(with(key, key), "certificate", {key, "not of a certificate"});
  expect_refused(with(certificate, certificate), "key", {certificate, "not of a private key"});
  expect_refused(with(certificate), "certificate", {certificate, "not of a private key"});
  const std::string more = dir_.write("m.der", certificate_der(deep_.certificate) + "more");
  expect_refused(with(more, key), "certificate", {more, "has more behind a certificate"});
  const std::string cut = dir_.write("c.der", certificate_der(deep_.certificate).substr(0, 200));
  expect_refused(with(cut, key), "certificate", {cut, "not of a certificate"});
}

TEST_F(credential_forms, der_is_read_where_authorities_and_revocation_lists_are_wanted) {
  const temp_dir dir;
  context_options o = client_options();
  o.ca_certificates = pem_text();
  o.ca_file = dir.write("ca.der", certificate_der(test_authority().certificate()));
  memory_handshake h(ssl_context::server(server_options()), ssl_context::client(o));
  EXPECT_TRUE(h.run());
  o.crl_file = dir.write("crl.der", certificate_der(test_authority().certificate()));
  const ssl_error e = thrown_by([&] { ssl_context::client(o); });
  EXPECT_EQ(e.operation(), "crl_file");
  EXPECT_TRUE(mentions(e, "not of a certificate revocation list")) << e.what();
}

TEST_F(credential_forms, pkcs12_brings_certificate_key_and_chain) {
  if (lacks("PKCS12KDF")) GTEST_SKIP() << "no provider has what PKCS#12 derives keys with";
  const std::string file = pkcs12({leaf(), deep_.key, jumble()}, "secret");
  const std::string path = dir_.write("a.p12", file);
  expect_served(with(path, {}, "secret"));
  expect_served(with(path, path, "secret"));
  expect_served(with(pem_text(file), {}, "secret"));
  expect_served(with(path, pem_text(deep_.key), "secret"));
  expect_served(with(pem_text(deep_.certificate), path, "secret"));
}

TEST_F(credential_forms, pkcs12_asks_for_the_password_once) {
  if (lacks("PKCS12KDF")) GTEST_SKIP() << "no provider has what PKCS#12 derives keys with";
  const std::string path = dir_.write("a.p12", pkcs12({leaf(), deep_.key, jumble()}, "secret"));
  int asked = 0;
  expect_served(with(path, path, [&] {
    ++asked;
    return std::string("secret");
  }));
  EXPECT_EQ(asked, 1);
}

TEST_F(credential_forms, pkcs12_opens_by_no_other_password) {
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

TEST_F(credential_forms, pkcs12_without_a_password_opens_without_one) {
  if (lacks("PKCS12KDF")) GTEST_SKIP() << "no provider has what PKCS#12 derives keys with";
  for (const char* const password : {static_cast<const char*>(nullptr), ""}) {
    const std::string file = pkcs12({leaf(), deep_.key, jumble()}, password);
    expect_served(with(pem_text(file)));
    expect_served(with(pem_text(file), {}, "not needed"));
  }
}

TEST_F(credential_forms, pkcs12_without_a_mac_is_not_read_by_every_openssl) {
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

TEST_F(credential_forms, pkcs12_that_lacks_something_is_named) {
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

TEST_F(credential_forms, pkcs12_that_was_cut_or_changed_is_refused) {
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

TEST_F(credential_forms, pkcs12_is_served_by_name_too) {
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

TEST_F(credential_forms, uri_of_a_file_is_read) {
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

TEST_F(credential_forms, uri_that_leads_nowhere_is_named) {
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

TEST_F(credential_forms, uri_opens_by_its_password) {
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

// As editors on Windows, and programs that put files together, leave them.
TEST_F(credential_forms, pem_may_have_byte_order_marks_and_line_ends_of_windows) {
  const std::string mark = "\xef\xbb\xbf";
  const auto lines_of_windows = [](const std::string& text) {
    std::string result;
    for (const char c : text) result += c == '\n' ? std::string("\r\n") : std::string(1, c);
    return result;
  };
  expect_served(with(pem_text(mark + deep_.certificate), pem_text(mark + deep_.key)));
  expect_served(with(pem_text(mark + leaf() + mark + intermediates() + mark + deep_.key)));
  expect_served(with(dir_.write("w.pem", mark + lines_of_windows(deep_.certificate)),
                     dir_.write("w.key", mark + lines_of_windows(deep_.key))));
  expect_served(with(pem_text(deep_.certificate),
                     pem_text(mark + encrypted_pem(deep_.key, "secret") + "behind it\n"),
                     "secret"));
  context_options client = client_options();
  client.ca_certificates = pem_text(mark + test_authority().certificate());
  EXPECT_NO_THROW(ssl_context::client(client));
}

TEST_F(credential_forms, key_in_a_form_that_is_not_read_is_not_quoted) {
  const std::string body = deep_.key.substr(deep_.key.find('\n') + 1, 64);
  std::string one_line = deep_.key;
  one_line.erase(std::remove(one_line.begin(), one_line.end(), '\n'), one_line.end());
  for (const std::string& key : {body + body, one_line, '"' + deep_.key + '"', ' ' + deep_.key}) {
    const context_options o = with(pem_text(deep_.certificate), pem_text(key));
    EXPECT_FALSE(mentions(thrown_by([&] { ssl_context::server(o); }), body.substr(0, 16)));
  }
}

// No provider for devices is active in the tests.
TEST_F(credential_forms, uri_of_a_device_without_a_provider_is_told_without_the_pin) {
  const context_options o =
      with(pem_text(deep_.certificate), "pkcs11:token=t;object=o;type=private?pin-value=1234");
  expect_refused(o, "key", {"\"pkcs11:token=t;object=o;type=private\"", "provider"});
  EXPECT_FALSE(mentions(thrown_by([&] { ssl_context::server(o); }), "1234"));
}

TEST_F(credential_forms, pin_is_not_told_wherever_it_stands) {
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
