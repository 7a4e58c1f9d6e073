// SPDX-License-Identifier: Apache-2.0
// What certificates say about keys, uses and names, compared with what was written into them.
#include <functional>
#include <memory>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <iostls/certificate.hpp>

#include "authority.hpp"
#include "credentials/certificate_text.hpp"
#include "fixture.hpp"
#include "pem.hpp"
#include "thrown.hpp"
#include "two_ends.hpp"

namespace iostls {
namespace test {
namespace {

using texts = std::vector<std::string>;
using x509 = std::shared_ptr<X509>;

// A certificate for "localhost" without extensions, changed, and signed again.
certificate changed(const std::function<void(X509*)>& change) {
  x509 c(X509_dup(certificate_from(localhost().certificate).get()), X509_free);
  while (X509_get_ext_count(c.get()) > 0) X509_EXTENSION_free(X509_delete_ext(c.get(), 0));
  change(c.get());
  require(X509_sign(c.get(), test_authority().key().get(), EVP_sha256()) > 0, "X509_sign");
  return certificate::from_pem(to_pem(c.get()));
}

void add(X509* c, int nid, const std::string& value) {
  X509V3_CTX context{};
  X509V3_set_ctx(&context, c, c, nullptr, nullptr, 0);
  X509_EXTENSION* const made = X509V3_EXT_nconf_nid(nullptr, &context, nid, value.c_str());
  require(made != nullptr && X509_add_ext(c, made, -1) == 1, value.c_str());
  X509_EXTENSION_free(made);
}

certificate with(int nid, const std::string& value) {
  return changed([&](X509* c) { add(c, nid, value); });
}

// An alternative name whose bytes are these, whatever they are.
certificate with_name(int type, const std::string& bytes) {
  return changed([&](X509* c) {
    GENERAL_NAMES* const all = GENERAL_NAMES_new();
    GENERAL_NAME* const name = GENERAL_NAME_new();
    ASN1_STRING* const text = ASN1_STRING_type_new(V_ASN1_IA5STRING);
    ASN1_STRING_set(text, bytes.data(), static_cast<int>(bytes.size()));
    GENERAL_NAME_set0_value(name, type, text);
    sk_GENERAL_NAME_push(all, name);
    require(X509_add1_ext_i2d(c, NID_subject_alt_name, all, 0, 0) == 1, "subjectAltName");
    GENERAL_NAMES_free(all);
  });
}

using entries = std::vector<std::pair<const char*, std::string>>;

certificate with_subject(const entries& all, int type = V_ASN1_UTF8STRING) {
  return changed([&](X509* c) {
    X509_NAME* const name = X509_NAME_new();
    for (const auto& each : all) {
      const auto* const bytes = reinterpret_cast<const unsigned char*>(each.second.data());
      X509_NAME_add_entry_by_txt(name, each.first, type, bytes,
                                 static_cast<int>(each.second.size()), -1, 0);
    }
    X509_set_subject_name(c, name);
    X509_NAME_free(name);
  });
}

TEST(certificate_details, of_an_empty_certificate_are_empty) {
  const certificate c;
  EXPECT_EQ(c.der() + c.public_key_pin() + c.key_type() + c.signature_algorithm(), "");
  EXPECT_EQ(c.common_name() + c.subject_key_id() + c.authority_key_id(), "");
  EXPECT_EQ(c.key_bits(), 0);
  EXPECT_FALSE(c.is_authority());
  EXPECT_TRUE(c.alternative_names().empty());
  for (const texts& each :
       {c.key_usage(), c.extended_key_usage(), c.dns_names(), c.ip_addresses(), c.email_addresses(),
        c.uris(), c.user_principal_names(), c.ocsp_uris(), c.issuer_uris(), c.crl_uris()}) {
    EXPECT_TRUE(each.empty());
  }
}

TEST(certificate_details, survive_the_round_trip_through_der) {
  const certificate c = certificate::from_pem(localhost().certificate);
  const certificate again = certificate::from_der(c.der());
  EXPECT_EQ(again.pem(), c.pem());
  for (const std::string& bytes : {std::string(), c.der() + "x", c.der().substr(1), c.pem()}) {
    const ssl_error e = thrown_by([&] { certificate::from_der(bytes); });
    EXPECT_EQ(e.code(), ssl_errc::bad_credentials);
    EXPECT_EQ(e.operation(), "certificate");
  }
  EXPECT_EQ(ERR_peek_error(), 0UL);
}

TEST(certificate_details, have_the_pin_that_pinned_public_keys_takes) {
  context_options o = client_options();
  o.pinned_public_keys = texts{certificate::from_pem(localhost().certificate).public_key_pin()};
  const both_reports r =
      complete_handshake(ssl_context::server(server_options()), ssl_context::client(o));
  EXPECT_FALSE(r.client.failed) << r.client.what;
  o.pinned_public_keys =
      texts{certificate::from_pem(test_authority().leaf().certificate).public_key_pin()};
  EXPECT_EQ(complete_handshake(ssl_context::server(server_options()), ssl_context::client(o))
                .client.failed,
            ssl_errc::certificate_rejected);
}

TEST(certificate_details, name_key_and_signature) {
  struct expected {
    key_type key;
    const char* type;
    int bits;
  };
  for (const expected& e :
       {expected{key_type::p256, "EC", 256}, expected{key_type::p384, "EC", 384},
        expected{key_type::rsa2048, "RSA", 2048}}) {
    leaf_options o;
    o.key = e.key;
    const certificate c = certificate::from_pem(test_authority().leaf(o).certificate);
    EXPECT_EQ(c.key_type(), e.type);
    EXPECT_EQ(c.key_bits(), e.bits);
    EXPECT_EQ(c.signature_algorithm(), "ecdsa-with-SHA256");
  }
  const authority ed("Ed", {}, key_type::ed25519);
  const certificate c = certificate::from_pem(ed.certificate());
  EXPECT_EQ(c.key_type(), "ED25519");
  EXPECT_GE(c.key_bits(), 253);
  EXPECT_EQ(c.signature_algorithm(), "ED25519");
}

TEST(certificate_details, name_uses_as_openssl_does) {
  const certificate c = changed([](X509* x) {
    add(x, NID_key_usage, "digitalSignature,keyAgreement,decipherOnly");
    add(x, NID_ext_key_usage, "serverAuth,1.2.3.4.5,anyExtendedKeyUsage,clientAuth");
  });
  EXPECT_EQ(c.key_usage(), (texts{"digitalSignature", "keyAgreement", "decipherOnly"}));
  EXPECT_EQ(c.extended_key_usage(), (texts{"serverAuth", "1.2.3.4.5", "any", "clientAuth"}));
  EXPECT_FALSE(c.is_authority());
  EXPECT_TRUE(certificate::from_pem(test_authority().certificate()).is_authority());
}

TEST(certificate_details, name_what_their_authority_offers) {
  const certificate c = changed([](X509* x) {
    add(x, NID_info_access,
        "OCSP;URI:http://ocsp.test/,caIssuers;URI:http://ca.test/ca.der,OCSP;DNS:no.uri.test,"
        "OCSP;URI:http://ocsp2.test/");
    add(x, NID_crl_distribution_points, "URI:http://crl.test/a.crl,URI:http://crl.test/b.crl");
    add(x, NID_subject_key_identifier, "00112233ff");
  });
  EXPECT_EQ(c.ocsp_uris(), (texts{"http://ocsp.test/", "http://ocsp2.test/"}));
  EXPECT_EQ(c.issuer_uris(), (texts{"http://ca.test/ca.der"}));
  EXPECT_EQ(c.crl_uris(), (texts{"http://crl.test/a.crl", "http://crl.test/b.crl"}));
  EXPECT_EQ(c.subject_key_id(), "00112233ff");
  EXPECT_EQ(certificate::from_pem(localhost().certificate).authority_key_id(),
            certificate::from_pem(test_authority().certificate()).subject_key_id());
}

TEST(certificate_details, have_alternative_names_with_their_types) {
  const certificate c = with(NID_subject_alt_name,
                             "DNS:*.a.test,IP:192.0.2.1,IP:2001:db8::1,email:me@a.test,"
                             "URI:spiffe://a.test/x,RID:1.2.3.4,"
                             "otherName:1.3.6.1.4.1.311.20.2.3;UTF8:me@corp.test,"
                             "otherName:1.2.3;INTEGER:7");
  EXPECT_EQ(c.dns_names(), (texts{"*.a.test"}));
  EXPECT_EQ(c.ip_addresses(), (texts{"192.0.2.1", "2001:db8::1"}));
  EXPECT_EQ(c.email_addresses(), (texts{"me@a.test"}));
  EXPECT_EQ(c.uris(), (texts{"spiffe://a.test/x"}));
  EXPECT_EQ(c.user_principal_names(), (texts{"me@corp.test"}));
  const std::vector<alternative_name> all = c.alternative_names();
  ASSERT_EQ(all.size(), 8U);
  EXPECT_EQ(all[0].type, name_type::dns);
  EXPECT_EQ(all[2].type, name_type::ip_address);
  EXPECT_EQ(all[2].value, "2001:db8::1");
  EXPECT_EQ(all[5].type, name_type::other);
  EXPECT_EQ(all[5].oid, "1.2.3.4");
  EXPECT_EQ(all[6].oid, "1.3.6.1.4.1.311.20.2.3");
  EXPECT_EQ(all[6].value, "me@corp.test");
  EXPECT_EQ(all[7].value, std::string("\x02\x01\x07"));
}

TEST(certificate_details, have_directory_names) {
  const certificate c = changed([](X509* x) {
    GENERAL_NAMES* const all = GENERAL_NAMES_new();
    GENERAL_NAME* const name = GENERAL_NAME_new();
    GENERAL_NAME_set0_value(name, GEN_DIRNAME, X509_NAME_dup(X509_get_subject_name(x)));
    sk_GENERAL_NAME_push(all, name);
    require(X509_add1_ext_i2d(x, NID_subject_alt_name, all, 0, 0) == 1, "subjectAltName");
    GENERAL_NAMES_free(all);
  });
  ASSERT_EQ(c.alternative_names().size(), 1U);
  EXPECT_EQ(c.alternative_names()[0].type, name_type::directory);
  EXPECT_EQ(c.alternative_names()[0].value, "CN=localhost");
}

TEST(certificate_details, leave_out_names_that_hide_something) {
  for (const std::string& bytes :
       {std::string("good.test\0.evil", 15), std::string("a\nb"), std::string("a b.test"),
        std::string("m\xc3\xbcller.test"), std::string("\xff"), std::string()}) {
    EXPECT_TRUE(with_name(GEN_DNS, bytes).dns_names().empty());
    EXPECT_TRUE(with_name(GEN_EMAIL, bytes).email_addresses().empty());
    EXPECT_TRUE(with_name(GEN_URI, bytes).uris().empty());
    const certificate c = with_name(GEN_DNS, bytes);
    ASSERT_EQ(c.alternative_names().size(), 1U);
    EXPECT_EQ(c.alternative_names()[0].value, bytes);
  }
  EXPECT_TRUE(with(NID_subject_alt_name, "otherName:1.3.6.1.4.1.311.20.2.3;UTF8:")
                  .user_principal_names()
                  .empty());
}

TEST(certificate_details, have_a_common_name_that_is_one) {
  EXPECT_EQ(with_subject({{"O", "x"}, {"CN", "alice"}}).common_name(), "alice");
  EXPECT_EQ(with_subject({{"CN", "M\xc3\xbcller"}}).common_name(), "M\xc3\xbcller");
  EXPECT_EQ(with_subject({{"CN", "M\xfcller"}}, V_ASN1_T61STRING).common_name(), "M\xc3\xbcller");
  EXPECT_EQ(with_subject({{"CN", "alice"}, {"CN", "root"}}).common_name(), "");
  EXPECT_EQ(with_subject({{"CN", std::string("root\0x", 6)}}).common_name(), "");
  EXPECT_EQ(with_subject({{"CN", "a\x1b[2J"}}).common_name(), "");
  EXPECT_EQ(with_subject({{"O", "x"}}).common_name(), "");
}

TEST(certificate_details, are_not_read_where_the_subject_is_no_text) {
  std::string der = with_subject({{"CN", "a text"}}).der();
  const std::size_t at = der.find("a text");
  EXPECT_EQ(certificate::from_der(der.replace(at, 6, "M\xc3\xbc...")).common_name(),
            "M\xc3\xbc...");
  for (const char* const bytes : {"M\xff....", "\xc0\x80....", "\xed\xa0\x80..."}) {
    der.replace(at, 6, bytes);
    EXPECT_EQ(thrown_by([&] { certificate::from_der(der); }).code(), ssl_errc::bad_credentials);
  }
}

std::string excerpt_of(const certificate& c) {
  const x509 native = certificate_from(c.pem());
  return detail::name_excerpt(X509_get_subject_name(native.get()));
}

// What is cut beforehand is not needed.
TEST(certificate_details, of_a_huge_subject_are_cut_as_the_whole_would_be) {
  const auto repeated = [](const std::string& text, std::size_t times) {
    std::string result;
    for (std::size_t i = 0; i != times; ++i) result += text;
    return result;
  };
  entries many;
  for (int i = 0; i != 8000; ++i) many.emplace_back("OU", "unit " + std::to_string(i));
  std::vector<certificate> all = {with_subject(many),
                                  with_subject({{"CN", std::string(99000, 'x')}}),
                                  with_subject({{"O", std::string(50000, 'x')}, {"CN", "short"}}),
                                  with_subject({{"CN", "short"}}),
                                  with_subject({{"CN", std::string(253, 'x')}}),
                                  with_subject({{"CN", std::string(254, 'x')}})};
  for (const std::string lead : {"", "a", "ab", "abc"}) {
    all.push_back(with_subject({{"CN", lead + repeated("\xf0\x9f\x94\x92", 20000)}}));
    all.push_back(with_subject({{"CN", lead + repeated("\xc3\xbc", 40000)}}));
  }
  for (const certificate& c : all) {
    const std::string whole = c.subject();
    EXPECT_EQ(excerpt_of(c), whole.size() <= 256 ? whole : whole.substr(0, 256) + "...");
    std::ostringstream out;
    out << c;
    EXPECT_EQ(
        out.str().compare(0, 9 + excerpt_of(c).size() + 1, "subject: " + excerpt_of(c) + "\n"), 0);
  }
}

TEST(certificate_details, print_a_few_of_many_names) {
  std::string list = "DNS:n0.test";
  for (int i = 1; i != 1000; ++i) list += ",DNS:n" + std::to_string(i) + ".test";
  std::ostringstream out;
  out << with(NID_subject_alt_name, list);
  EXPECT_NE(out.str().find("n18.test, n19.test and 980 more\n"), std::string::npos) << out.str();
}

}  // namespace
}  // namespace test
}  // namespace iostls
