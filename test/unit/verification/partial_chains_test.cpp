// SPDX-License-Identifier: Apache-2.0
// Chains that end at a certificate which is trusted and is no root.
#include <string>

#include <gtest/gtest.h>
#include <openssl/x509.h>
#include <iostls/ssl_context.hpp>

#include "files.hpp"
#include "fixture.hpp"
#include "memory_handshake.hpp"
#include "pem.hpp"

namespace iostls {
namespace test {
namespace {

struct anchors {
  const char* name;
  void (*trust)(context_options& who, const temp_dir& dir, const std::string& certificate);
};

const anchors places[] = {
    {"ca_file",
     [](context_options& who, const temp_dir& dir, const std::string& certificate) {
       who.ca_file = dir.write("ca.pem", certificate);
       who.ca_certificates = pem_text();
     }},
    {"ca_certificates", [](context_options& who, const temp_dir&, const std::string& certificate) {
       who.ca_certificates = pem_text(certificate);
     }}};

class partial_chains : public testing::TestWithParam<anchors> {
 protected:
  partial_chains() {
    server_.certificate = client_.certificate = pem_text(credential_.both());
    server_.key = {};
    server_.verify = verify_mode::required;
  }

  // Whether both ends let the other in, that trust a certificate which is no root; also after a
  // reload.
  bool let_in(const std::string& certificate, const setting<bool>& partial_chains) {
    for (context_options* end : {&server_, &client_}) {
      GetParam().trust(*end, dir_, certificate);
      end->partial_chains = partial_chains;
    }
    const ssl_context server = ssl_context::server(server_);
    const ssl_context client = ssl_context::client(client_);
    const bool before = memory_handshake(server, client).run();
    server.reload();
    client.reload();
    EXPECT_EQ(memory_handshake(server, client).run(), before);
    return before;
  }

  const temp_dir dir_;
  const authority between_ = test_authority().intermediate();
  const issued credential_ = between_.leaf();
  context_options server_ = server_options(), client_ = client_options();
};

INSTANTIATE_TEST_SUITE_P(, partial_chains, testing::ValuesIn(places),
                         [](const auto& p) { return std::string(p.param.name); });

TEST_P(partial_chains, end_at_an_intermediate_authority_if_the_option_is_set) {
  EXPECT_FALSE(let_in(between_.certificate(), {}));
  EXPECT_FALSE(let_in(between_.certificate(), false));
  EXPECT_TRUE(let_in(between_.certificate(), true));
}

TEST_P(partial_chains, end_at_the_peers_own_certificate_if_the_option_is_set) {
  const std::string leaf = to_pem(certificate_from(credential_.certificate).get());
  EXPECT_FALSE(let_in(leaf, {}));
  EXPECT_TRUE(let_in(leaf, true));
}

TEST_P(partial_chains, do_not_let_in_what_another_authority_has_issued) {
  EXPECT_FALSE(let_in(test_authority().intermediate("Other").certificate(), true));
  EXPECT_FALSE(let_in(localhost().certificate, true));
}

// A client that has several certificates chooses by the names of their issuers.
TEST_P(partial_chains, are_announced_by_the_name_of_the_leafs_issuer) {
  GetParam().trust(server_, dir_, to_pem(certificate_from(credential_.certificate).get()));
  server_.partial_chains = true;
  client_.ca_certificates = pem_text(test_authority().certificate());
  memory_handshake h(ssl_context::server(server_), ssl_context::client(client_));
  EXPECT_TRUE(h.run());
  const STACK_OF(X509_NAME)* const announced = SSL_get0_peer_CA_list(h.client());
  ASSERT_EQ(sk_X509_NAME_num(announced), 1);
  const auto issuer = certificate_from(between_.certificate());
  EXPECT_EQ(X509_NAME_cmp(sk_X509_NAME_value(announced, 0), X509_get_subject_name(issuer.get())),
            0);
}

}  // namespace
}  // namespace test
}  // namespace iostls
