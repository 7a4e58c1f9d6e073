// SPDX-License-Identifier: Apache-2.0
// A key that is given where a path is wanted, by mistake, does not turn up in an error's text.
#include <functional>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <iostls/ssl_context.hpp>

#include "base/redacted_path.hpp"
#include "fixture.hpp"
#include "thrown.hpp"

namespace iostls {
namespace test {
namespace {

std::string some_bytes(std::size_t size) {
  std::string bytes;
  unsigned state = 12345;
  for (std::size_t i = 0; i != size; ++i) {
    state = state * 1103515245U + 12345U;
    bytes += static_cast<char>(state >> 16U);
  }
  return bytes;
}

std::string encoded(const std::string& bytes, const std::string& alphabet) {
  std::string text;
  for (const char c : bytes) text += alphabet[static_cast<unsigned char>(c) % alphabet.size()];
  return text;
}

const std::string base64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const std::string hex = "0123456789abcdef";

std::string body_of(const std::string& pem) {
  const auto begin = pem.find('\n') + 1;
  return pem.substr(begin, pem.find("-----END") - begin);
}

std::string without_line_ends(std::string text) {
  for (auto at = text.find('\n'); at != std::string::npos; at = text.find('\n')) text.erase(at, 1);
  return text;
}

// What people have in variables beside the paths.
std::vector<std::string> secrets() {
  std::vector<std::string> all = {localhost().key,
                                  localhost().certificate + localhost().key,
                                  "  " + localhost().key,
                                  body_of(localhost().key),
                                  without_line_ends(body_of(localhost().key)),
                                  without_line_ends(localhost().key),
                                  some_bytes(5000)};
  for (const std::size_t size : {48U, 80U}) {
    std::string bytes = some_bytes(size);
    for (char& c : bytes) c = c == '\0' ? 'x' : c;
    all.push_back(bytes);
    all.push_back(encoded(bytes, base64));
    all.push_back(encoded(bytes + bytes, hex));
  }
  return all;
}

using option = std::pair<const char*, std::function<void(context_options&, const std::string&)>>;

const std::vector<option>& options_with_paths() {
  static const std::vector<option> all = {
      {"certificate", [](auto& o, const std::string& s) { o.certificate = s; }},
      {"key", [](auto& o, const std::string& s) { o.key = s; }},
      {"ca_file", [](auto& o, const std::string& s) { o.ca_file = s; }},
      {"ca_directory", [](auto& o, const std::string& s) { o.ca_directory = s; }},
      {"crl_file", [](auto& o, const std::string& s) { o.crl_file = s; }},
      {"keylog_file", [](auto& o, const std::string& s) { o.keylog_file = "/absent/" + s; }},
      {"ocsp_response", [](auto& o, const std::string& s) { o.ocsp_response = s; }},
      {"more_credentials",
       [](auto& o, const std::string& s) {
         o.more_credentials = {credential_source{s, s, {}, {}}};
       }},
      {"ticket_keys", [](auto& o, const std::string& s) { o.ticket_keys = {ticket_key(s)}; }},
      {"openssl_commands",
       [](auto& o, const std::string& s) {
         o.openssl_commands = {{"PrivateKey", s}};
       }},
  };
  return all;
}

// Every piece of the secret that is long enough to matter.
bool has_some_of(const ssl_error& e, const std::string& secret) {
  std::string all = e.what();
  for (const std::string& s : e.strings()) all += '\n' + s;
  constexpr std::size_t piece = 12;
  for (std::size_t at = 0; at + piece <= secret.size(); ++at) {
    const std::string part = secret.substr(at, piece);
    if (part.find("-----") == std::string::npos && part.find("KEY") == std::string::npos &&
        part.find("CERTIFICATE") == std::string::npos && all.find(part) != std::string::npos) {
      return true;
    }
  }
  return false;
}

TEST(redacted_path, is_no_secret_in_any_option) {
  for (const auto& [name, set] : options_with_paths()) {
    for (const std::string& secret : secrets()) {
      context_options o = server_options();
      set(o, secret);
      const ssl_error e = thrown_by([&, &name = name] {
        ssl_context::server(o);
        ADD_FAILURE() << name << " takes anything";
      });
      EXPECT_FALSE(has_some_of(e, secret)) << name << ": " << e.what();
    }
  }
}

TEST(redacted_path, is_there_where_it_is_one) {
  for (const std::string path :
       {"keys", "/etc/ssl/private/server.pem", "../conf/Zo\xc3\xab.pem", "C:/Program Files/x.pem",
        "/home/Jane/Projects/MyCompany/Certificates2026/server", "a-b_c", "/absent/with\nend.pem",
        "/nix/store/0c5sk5xgm9j6lqs4bkn6m4ixyw5bg5nq-cacert-3.108/etc/ssl/certs/ca-bundle.crt",
        "/run/secrets/3f2504e0-4f89-11d3-9a0c-0305e82c3301.pem",
        "/var/lib/containers/certificates/production/authorities/intermediate"}) {
    EXPECT_EQ(detail::redacted_path(path), '"' + path + '"');
    context_options o = server_options();
    o.ca_file = path;
    EXPECT_EQ(thrown_by([&] { ssl_context::server(o); }).operation(), "ca_file");
  }
}

TEST(redacted_path, tells_what_stands_in_its_place) {
  context_options o = server_options();
  o.ticket_keys = {ticket_key(encoded(some_bytes(80), base64))};
  const ssl_error e = thrown_by([&] { ssl_context::server(o); });
  EXPECT_EQ(e.operation(), "ticket_keys");
  EXPECT_TRUE(mentions(e, "80 bytes, not shown")) << e.what();
  o = server_options();
  o.ca_directory = localhost().certificate;
  EXPECT_TRUE(mentions(thrown_by([&] { ssl_context::server(o); }), "pem_text()"));
}

}  // namespace
}  // namespace test
}  // namespace iostls
