// SPDX-License-Identifier: Apache-2.0
#include "credentials/name_index.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <openssl/x509v3.h>

#include "authority.hpp"
#include "credentials/host_match.hpp"
#include "fixture.hpp"
#include "pem.hpp"

namespace iostls {
namespace test {
namespace {

using detail::host_matches;
using detail::host_name;
using detail::name_index;
using detail::wildcards;

using places = std::vector<std::size_t>;

std::shared_ptr<X509> certificate_for(const std::vector<std::string>& names) {
  leaf_options o;
  o.names = names;
  return certificate_from(test_authority().leaf(o).certificate);
}

class names : public testing::Test {
 protected:
  void add(const std::vector<std::string>& of_one) { all_.push_back(certificate_for(of_one)); }

  places candidates(const std::string& asked) const {
    std::vector<X509*> leaves;
    for (const auto& each : all_) leaves.push_back(each.get());
    return name_index(leaves).candidates(host_name(asked));
  }

  places matching(const std::string& asked) const {
    places result;
    for (std::size_t i = 0; i != all_.size(); ++i) {
      X509* const leaf = all_[i].get();
      if (host_matches(leaf, host_name(asked)) ||
          host_matches(leaf, host_name(asked), wildcards::do_not_count)) {
        result.push_back(i);
      }
    }
    return result;
  }

  std::vector<std::shared_ptr<X509>> all_;
};

TEST_F(names, lead_to_all_certificates_that_match_and_to_few_others) {
  add({"one.example", "WWW.One.Example"});
  add({"*.one.example", "192.0.2.1"});
  add({"*.example", "two.example", "two.example"});
  add({});
  add({"w*.one.example", "*", "localhost", "2001:db8::1"});
  add({"one.example"});
  add({"*.deep.one.example", "::ffff:192.0.2.1"});
  add({"xn--bcher-kva.example", "*.xn--bcher-kva.example"});
  for (const char* const asked : {"one.example",
                                  "ONE.example.",
                                  "www.one.example",
                                  "a.one.example",
                                  "a_b.one.example",
                                  "two.example",
                                  "three.example",
                                  "localhost",
                                  "192.0.2.1",
                                  "192.0.2.2",
                                  "2001:DB8:0::1",
                                  "::ffff:192.0.2.1",
                                  "x.deep.one.example",
                                  "deep.one.example",
                                  "w.one.example",
                                  "xn--bcher-kva.example",
                                  "a.xn--bcher-kva.example",
                                  "example",
                                  "",
                                  "no name",
                                  ".example",
                                  "*.one.example",
                                  "w*.one.example"}) {
    const places found = candidates(asked);
    const places right = matching(asked);
    EXPECT_TRUE(std::is_sorted(found.begin(), found.end())) << asked;
    EXPECT_TRUE(std::includes(found.begin(), found.end(), right.begin(), right.end())) << asked;
    EXPECT_LE(found.size(), right.size() + 1) << asked;
  }
  EXPECT_EQ(candidates("one.example"), (places{0, 2, 5}));
  EXPECT_EQ(candidates("www.one.example"), (places{0, 1}));
  EXPECT_EQ(candidates("192.0.2.1"), (places{1}));
}

// Comparing decides then, as if there were no index.
TEST_F(names, that_cannot_be_read_make_their_certificate_a_candidate_for_all) {
  add({"one.example"});
  add({});
  const std::unique_ptr<ASN1_OCTET_STRING, decltype(&ASN1_OCTET_STRING_free)> value(
      ASN1_OCTET_STRING_new(), ASN1_OCTET_STRING_free);
  ASSERT_EQ(ASN1_OCTET_STRING_set(value.get(), reinterpret_cast<const unsigned char*>("??"), 2), 1);
  const std::unique_ptr<X509_EXTENSION, decltype(&X509_EXTENSION_free)> extension(
      X509_EXTENSION_create_by_NID(nullptr, NID_subject_alt_name, 0, value.get()),
      X509_EXTENSION_free);
  ASSERT_EQ(X509_add_ext(all_.back().get(), extension.get(), -1), 1);
  EXPECT_EQ(candidates("one.example"), (places{0, 1}));
  EXPECT_EQ(candidates("192.0.2.1"), (places{1}));
}

TEST_F(names, of_no_certificate_lead_to_none) {
  EXPECT_EQ(candidates("one.example"), places());
  EXPECT_EQ(name_index().candidates(host_name("one.example")), places());
}

}  // namespace
}  // namespace test
}  // namespace iostls
