// SPDX-License-Identifier: Apache-2.0
// Certificates by name: which of several a client gets, and that nothing else changes with it.
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <iostls/iostls.hpp>

#include "algorithms.hpp"
#include "files.hpp"
#include "fixture.hpp"
#include "memory_handshake.hpp"
#include "thrown.hpp"
#include "two_ends.hpp"

namespace iostls {
namespace test {
namespace {

issued leaf_for(const std::vector<std::string>& names, key_type key = key_type::p256) {
  leaf_options o;
  o.common_name = names.empty() ? "no name" : names.front();
  o.names = names;
  o.key = key;
  return test_authority().leaf(o);
}

credential_source source_of(const issued& i) {
  credential_source c;
  c.certificate = pem_text(i.certificate);
  c.key = pem_text(i.key);
  return c;
}

std::string fingerprint(const issued& i) {
  return certificate::from_pem(i.certificate).fingerprint_sha256();
}

class by_name : public testing::TestWithParam<tls_version> {
 protected:
  // A server whose default is the first.
  ssl_context server(const std::vector<issued>& all) const {
    context_options o = server_options(GetParam());
    o.certificate = pem_text(all.front().certificate);
    o.key = pem_text(all.front().key);
    for (std::size_t i = 1; i < all.size(); ++i) o.more_credentials.push_back(source_of(all[i]));
    return ssl_context::server(o);
  }

  // The fingerprint of what a client gets that asks for `name`. It does not care for what it is.
  std::string served(const ssl_context& server, const std::string& name,
                     const std::string& signatures = "") const {
    peer_options o = client_peer(GetParam());
    o.verify = SSL_VERIFY_NONE;
    o.server_name = name;
    o.tune = [signatures](SSL_CTX* ctx) {
      if (signatures.empty()) return;
      ASSERT_EQ(SSL_CTX_set1_sigalgs_list(ctx, signatures.c_str()), 1);
    };
    descriptor_pair pair = socket_pair();
    tls_peer peer(std::move(pair.a), o);
    task serving([&] { complete_handshake<ssl_server_stream>(std::move(pair.b), server, {}); });
    EXPECT_TRUE(peer.handshake()) << peer.error();
    const std::shared_ptr<void> x509(SSL_get1_peer_certificate(peer.ssl()),
                                     [](void* p) { X509_free(static_cast<X509*>(p)); });
    peer.close_notify();
    peer.close();
    return certificate(x509).fingerprint_sha256();
  }
};

INSTANTIATE_TEST_SUITE_P(versions, by_name,
                         testing::Values(tls_version::tls1_2, tls_version::tls1_3),
                         [](const auto& p) { return to_string(p.param); });

TEST_P(by_name, a_certificate_is_served) {
  const issued one = leaf_for({"one.example"});
  const issued two = leaf_for({"two.example", "deux.example"});
  const issued three = leaf_for({"*.three.example", "three.example"});
  const ssl_context s = server({one, two, three});
  EXPECT_EQ(served(s, "one.example"), fingerprint(one));
  EXPECT_EQ(served(s, "two.example"), fingerprint(two));
  EXPECT_EQ(served(s, "DEUX.example"), fingerprint(two));
  EXPECT_EQ(served(s, "three.example"), fingerprint(three));
  EXPECT_EQ(served(s, "www.three.example"), fingerprint(three));
}

TEST_P(by_name, the_first_is_the_default) {
  const issued one = leaf_for({"one.example"});
  const issued two = leaf_for({"two.example"});
  const ssl_context s = server({one, two});
  EXPECT_EQ(served(s, "elsewhere.example"), fingerprint(one));
  EXPECT_EQ(served(s, ""), fingerprint(one));
}

TEST_P(by_name, a_wildcard_stands_for_one_whole_label) {
  const issued one = leaf_for({"one.example"});
  const issued wild = leaf_for({"*.two.example", "w*.partial.example"});
  const ssl_context s = server({one, wild});
  EXPECT_EQ(served(s, "a.two.example"), fingerprint(wild));
  EXPECT_EQ(served(s, "a.b.two.example"), fingerprint(one));
  EXPECT_EQ(served(s, "two.example"), fingerprint(one));
  EXPECT_EQ(served(s, "www.partial.example"), fingerprint(one));
}

TEST_P(by_name, the_exact_name_goes_before_a_wildcard) {
  const issued one = leaf_for({"one.example"});
  const issued wild = leaf_for({"*.two.example"});
  const issued exact = leaf_for({"www.two.example"});
  const ssl_context s = server({one, wild, exact});
  EXPECT_EQ(served(s, "www.two.example"), fingerprint(exact));
  EXPECT_EQ(served(s, "mail.two.example"), fingerprint(wild));
}

TEST_P(by_name, the_common_name_does_not_count) {
  leaf_options o;
  o.common_name = "two.example";
  o.names = {};
  const issued one = leaf_for({"one.example"});
  EXPECT_EQ(served(server({one, test_authority().leaf(o)}), "two.example"), fingerprint(one));
}

const char* const only_rsa = "rsa_pss_rsae_sha256:rsa_pkcs1_sha256";
const char* const only_ecdsa = "ecdsa_secp256r1_sha256";

TEST_P(by_name, the_client_gets_the_key_type_that_it_supports) {
  const issued other = leaf_for({"other.example"});
  const issued ecdsa = leaf_for({"two.example"});
  const issued rsa = leaf_for({"two.example"}, key_type::rsa2048);
  for (const ssl_context& s : {server({other, ecdsa, rsa}), server({other, rsa, ecdsa}),
                               server({rsa, ecdsa, other}), server({ecdsa, rsa, other})}) {
    EXPECT_EQ(served(s, "two.example", only_ecdsa), fingerprint(ecdsa));
    EXPECT_EQ(served(s, "two.example", only_rsa), fingerprint(rsa));
  }
}

TEST_P(by_name, a_wildcard_goes_before_an_exact_name_whose_key_the_client_does_not_support) {
  const issued one = leaf_for({"one.example"});
  const issued wild = leaf_for({"*.two.example"});
  const issued exact = leaf_for({"www.two.example"}, key_type::rsa2048);
  const ssl_context s = server({one, wild, exact});
  EXPECT_EQ(served(s, "www.two.example", only_ecdsa), fingerprint(wild));
  EXPECT_EQ(served(s, "www.two.example"), fingerprint(exact));
}

TEST_P(by_name, the_default_may_have_several_key_types) {
  const issued ecdsa = leaf_for({"one.example", "two.example"});
  const issued rsa = leaf_for({"two.example", "one.example"}, key_type::rsa2048);
  const issued other = leaf_for({"three.example"}, key_type::rsa2048);
  const ssl_context s = server({ecdsa, other, rsa});
  EXPECT_EQ(served(s, "", only_rsa), fingerprint(rsa));
  EXPECT_EQ(served(s, "unknown.example", only_rsa), fingerprint(rsa));
  EXPECT_EQ(served(s, "unknown.example", only_ecdsa), fingerprint(ecdsa));
}

TEST_P(by_name, the_chain_goes_with_the_certificate) {
  const issued two = test_authority().intermediate().leaf();
  const ssl_context s = server({leaf_for({"one.example"}), two});
  const both_reports r = complete_handshake(s, ssl_context::client(client_options(GetParam())));
  EXPECT_FALSE(r.client.failed) << r.client.what;
  EXPECT_TRUE(r.client.info.verified);
  EXPECT_EQ(r.client.peer.fingerprint_sha256(), fingerprint(two));
  EXPECT_EQ(r.server.info.server_name, "localhost");
}

TEST_P(by_name, what_is_asked_of_clients_stays) {
  context_options o = server_options(GetParam());
  o.more_credentials.push_back(source_of(leaf_for({"two.example"})));
  o.ca_certificates = pem_text(test_authority().certificate());
  o.verify = verify_mode::required;
  const ssl_context s = ssl_context::server(o);
  context_options client = client_options();
  for (const char* const name : {"localhost", "two.example"}) {
    client.server_name = name;
    client.certificate = pem_source();
    const both_reports without = complete_handshake(s, ssl_context::client(client));
    EXPECT_EQ(without.server.failed, ssl_errc::certificate_rejected) << without.server.what;
    client.certificate = pem_text(localhost().both());
    const both_reports with = complete_handshake(s, ssl_context::client(client));
    EXPECT_FALSE(with.server.failed) << with.server.what;
    EXPECT_TRUE(with.server.info.verified);
  }
}

TEST_P(by_name, limits_and_options_of_the_context_stay) {
  context_options o = server_options(GetParam());
  o.more_credentials.push_back(source_of(leaf_for({"two.example"})));
  o.alpn = std::vector<std::string>{"h2"};
  const ssl_context s = ssl_context::server(o);
  memory_handshake h(s, [] {
    context_options client = client_options();
    client.server_name = "two.example";
    client.alpn = std::vector<std::string>{"h2"};
    return ssl_context::client(client);
  }());
  ASSERT_TRUE(h.run());
  const auto untouched = make_connection(s);
  EXPECT_EQ(SSL_get_SSL_CTX(h.server()), SSL_get_SSL_CTX(untouched.get()));
  EXPECT_EQ(SSL_get_options(h.server()), SSL_get_options(untouched.get()));
  EXPECT_EQ(SSL_get_min_proto_version(h.server()), SSL_get_min_proto_version(untouched.get()));
  EXPECT_EQ(SSL_get_max_proto_version(h.server()), SSL_get_max_proto_version(untouched.get()));
  EXPECT_EQ(SSL_get_verify_mode(h.server()), SSL_get_verify_mode(untouched.get()));
}

TEST_P(by_name, sessions_are_resumed) {
  const ssl_context s = server({localhost(), leaf_for({"two.example"})});
  const ssl_context c = ssl_context::client(client_options());
  memory_handshake first(s, c);
  ASSERT_TRUE(first.run());
  memory_handshake second(s, c);
  SSL_set_session(second.client(), first.session().get());
  ASSERT_TRUE(second.run());
  EXPECT_EQ(SSL_session_reused(second.client()), 1);
}

TEST_P(by_name, a_wanted_server_name_is_still_wanted) {
  context_options o = server_options(GetParam());
  o.more_credentials.push_back(source_of(leaf_for({"two.example"})));
  o.server_name = "two.example";
  context_options client = client_options();
  memory_handshake refused(ssl_context::server(o), ssl_context::client(client));
  EXPECT_FALSE(refused.run());
  EXPECT_EQ(refused.client_failure(), SSL_R_TLSV1_UNRECOGNIZED_NAME);
  client.server_name = "two.example";
  memory_handshake taken(ssl_context::server(o), ssl_context::client(client));
  EXPECT_TRUE(taken.run());
}

void expect_refused(const credential_source& wrong, const std::string& option,
                    const std::string& reason) {
  context_options o = server_options();
  o.more_credentials.push_back(source_of(leaf_for({"right.example"})));
  o.more_credentials.push_back(wrong);
  const ssl_error e = thrown_by([&] { ssl_context::server(o); });
  EXPECT_EQ(e.code(), ssl_errc::bad_credentials);
  EXPECT_EQ(e.operation(), "more_credentials[1]." + option) << e.what();
  EXPECT_TRUE(mentions(e, reason)) << e.what();
}

TEST(more_credentials, are_refused_with_the_entry_the_path_and_the_reason) {
  const temp_dir dir;
  credential_source c;
  expect_refused(c, "certificate", "none");
  c.certificate = dir / "absent.pem";
  expect_refused(c, "certificate", "absent.pem\": No such file");
  c = source_of(leaf_for({"two.example"}));
  c.key = dir.write("other.key", leaf_for({"three.example"}).key);
  expect_refused(c, "key", "other.key\": the key does not belong");
  leaf_options o;
  o.password = "secret";
  c = source_of(test_authority().leaf(o));
  expect_refused(c, "certificate_password", "no password is given");
  c.certificate_password = "secret";
  context_options right = server_options();
  right.more_credentials.push_back(c);
  EXPECT_NO_THROW(ssl_context::server(right));
}

TEST(more_credentials, are_refused_if_the_key_is_too_weak) {
  if (only_fips_is_allowed()) GTEST_SKIP() << "FIPS' provider makes no weak keys";
  expect_refused(source_of(leaf_for({"weak.example"}, key_type::rsa1024)), "certificate",
                 "key too small");
}

TEST(more_credentials, of_a_client_need_one_for_all_other_servers) {
  context_options o = client_options();
  o.more_credentials.push_back(source_of(leaf_for({"two.example"})));
  const ssl_error e = thrown_by([&] { ssl_context::client(o); });
  EXPECT_EQ(e.code(), ssl_errc::bad_credentials);
  EXPECT_EQ(e.operation(), "certificate");
}

TEST(more_credentials, can_be_written_down_at_once) {
  const temp_dir dir;
  const issued two = leaf_for({"two.example"});
  const std::string both = dir.write("both.pem", two.both());
  context_options o = server_options();
  o.more_credentials = {{both, {}, {}}, {dir.write("two.pem", two.certificate), both, {}}};
  EXPECT_EQ(o.more_credentials.size(), 2U);
  EXPECT_NO_THROW(ssl_context::server(o));
}

}  // namespace
}  // namespace test
}  // namespace iostls
