// SPDX-License-Identifier: Apache-2.0
// Certificates, keys and lists as DER and as PEM, whatever editors and other programs leave around it.
#include <algorithm>
#include <string>

#include <gtest/gtest.h>
#include <iostls/ssl_context.hpp>

#include "credential_forms.hpp"

namespace iostls {
namespace test {
namespace {

class encoded_input : public credential_forms {};

TEST_F(encoded_input, der_is_read_from_files_and_memory) {
  const std::string certificate = certificate_der(deep_.certificate);
  const std::string key = key_der(deep_.key);
  const std::string path = dir_.write("a.der", certificate);
  expect_served(with(path, dir_.write("k.der", key)));
  expect_served(with(pem_text(certificate), pem_text(key)));
  expect_served(with(path, pem_text(deep_.key)));
  expect_served(with(pem_text(deep_.certificate), pem_text(key)));
  expect_served(with(path, pem_text(traditional_key_der(deep_.key))));
}

TEST_F(encoded_input, der_key_may_be_encrypted) {
  const pem_text certificate(deep_.certificate);
  const std::string path = dir_.write("k.der", encrypted_key_der(deep_.key, "secret"));
  expect_served(with(certificate, path, "secret"));
  expect_refused(with(certificate, path, "wrong"), "certificate_password", {path, "does not open"});
  expect_refused(with(certificate, path), "certificate_password", {path, "no password is given"});
}

TEST_F(encoded_input, der_of_something_else_is_named) {
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

TEST_F(encoded_input, der_is_read_where_authorities_and_revocation_lists_are_wanted) {
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

// As editors on Windows, and programs that put files together, leave them.
TEST_F(encoded_input, pem_may_have_byte_order_marks_and_line_ends_of_windows) {
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

TEST_F(encoded_input, key_in_a_form_that_is_not_read_is_not_quoted) {
  const std::string body = deep_.key.substr(deep_.key.find('\n') + 1, 64);
  std::string one_line = deep_.key;
  one_line.erase(std::remove(one_line.begin(), one_line.end(), '\n'), one_line.end());
  for (const std::string& key : {body + body, one_line, '"' + deep_.key + '"', ' ' + deep_.key}) {
    const context_options o = with(pem_text(deep_.certificate), pem_text(key));
    EXPECT_FALSE(mentions(thrown_by([&] { ssl_context::server(o); }), body.substr(0, 16)));
  }
}

}  // namespace
}  // namespace test
}  // namespace iostls
