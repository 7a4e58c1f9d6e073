// SPDX-License-Identifier: Apache-2.0
// Certificates of anybody: all that they hold can be looked at, is the same each time, and what is printed
// of it stays short and plain. Those to start from are made when the fuzzer starts.
//
// Input: which certificate to start from; then edits of its DER encoding, or for none, the bytes.
#include <iostls/certificate.hpp>
#include <iostls/ssl_error.hpp>

#include <algorithm>
#include <sstream>
#include <string>
#include <vector>

#include "fixture.hpp"
#include "fuzz_input.hpp"

namespace iostls {
namespace fuzz {
namespace {

const std::vector<std::string>& certificates() {
  static const std::vector<std::string> made = [] {
    test::leaf_options many;
    many.common_name = "An Example, Inc. M\xc3\xbcller";
    many.names = {"*.example.org",          "192.0.2.1",           "2001:db8::1", "me@example.org",
                  "spiffe://example.org/x", std::string("a\0b", 3)};
    many.must_staple = true;
    std::vector<std::string> all;
    for (const std::string& pem :
         {test::localhost().certificate, test::test_authority().certificate(),
          test::test_authority().leaf(many).certificate,
          test::test_authority().constrained("permitted;DNS:example.org").certificate()}) {
      all.push_back(certificate::from_pem(pem).der());
    }
    return all;
  }();
  return made;
}

bool is_plain(const std::string& text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < '\x7f'; });
}

void expect_plain(const std::vector<std::string>& names) {
  for (const std::string& name : names) expect(is_plain(name), "a name that hides nothing");
}

bool has_control(const std::string& text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    const auto code = static_cast<unsigned char>(c);
    return code < 0x20 || code == 0x7f;
  });
}

void look_at_names(const certificate& c) {
  expect_plain(c.dns_names());
  expect_plain(c.ip_addresses());
  expect_plain(c.email_addresses());
  expect_plain(c.uris());
  expect_plain(c.ocsp_uris());
  expect_plain(c.issuer_uris());
  expect_plain(c.crl_uris());
  expect(!has_control(c.common_name()), "the common name hides nothing");
  for (const std::string& name : c.user_principal_names()) expect(!has_control(name), "as above");
  expect(c.alternative_names().size() >= c.dns_names().size(), "all names are there");
  c.subject_alt_names();
  c.matches("localhost");
}

void look_at(const certificate& c, const std::string& bytes) {
  look_at_names(c);
  const certificate again = certificate::from_der(c.der());
  expect(again.der() == c.der(), "DER is read as it was written");
  expect(again.subject() == c.subject() && again.issuer() == c.issuer(), "names stay");
  expect(again.public_key_pin() == c.public_key_pin(), "the key stays");
  expect(c.der().size() <= bytes.size() + 64, "nothing is added");
  c.key_type();
  c.key_bits();
  c.signature_algorithm();
  c.key_usage();
  c.extended_key_usage();
  c.is_authority();
  c.subject_key_id();
  c.authority_key_id();
  c.serial();
  std::ostringstream out;
  out << c;
  expect(out.str().size() < 32768, "what is printed stays short");
  std::string text = out.str();
  text.erase(std::remove(text.begin(), text.end(), '\n'), text.end());
  expect(!has_control(text), "what is printed is plain");
  expect_no_openssl_error();
}

}  // namespace

void prepare() { certificates(); }

void run(fuzz_input input) {
  const std::size_t which = input.byte() % (certificates().size() + 1);
  const bool is_made = which != certificates().size();
  std::string bytes = is_made ? certificates()[which] : input.rest();
  while (is_made && !input.empty()) edit(bytes, input);
  try {
    look_at(certificate::from_der(bytes), bytes);
  } catch (const ssl_error& e) {
    expect(e.code() == ssl_errc::bad_credentials, e.what());
    expect_no_openssl_error();
  }
}

}  // namespace fuzz
}  // namespace iostls
