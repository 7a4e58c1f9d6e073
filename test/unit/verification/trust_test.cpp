// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <vector>

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <gtest/gtest.h>
#include <openssl/x509.h>
#include <iostls/ssl_context.hpp>

#include "files.hpp"
#include "fixture.hpp"
#include "memory_handshake.hpp"
#include "pem.hpp"
#include "process.hpp"
#include "thrown.hpp"

namespace iostls {
namespace test {
namespace {

context_options server_with(const issued& credential) {
  context_options o;
  o.certificate = pem_text(credential.certificate);
  o.key = pem_text(credential.key);
  return o;
}

// What a client makes of the server's certificate. It goes on only if that is X509_V_OK.
long verdict(const context_options& client, const issued& server = localhost()) {
  memory_handshake h(ssl_context::server(server_with(server)), ssl_context::client(client));
  const bool passed = h.run();
  EXPECT_EQ(passed, h.client_verdict() == X509_V_OK);
  return h.client_verdict();
}

context_options client_for(const std::string& name = "localhost") {
  context_options o;
  o.server_name = name;
  return o;
}

context_options trusting(const std::string& authorities) {
  context_options o = client_for();
  o.ca_certificates = pem_text(authorities);
  return o;
}

void expect_refused(const context_options& o, const std::string& option, const std::string& word,
                    ssl_errc kind = ssl_errc::bad_credentials) {
  const ssl_error e = thrown_by([&] { ssl_context::client(o); });
  EXPECT_EQ(e.code(), kind) << e.what();
  EXPECT_EQ(e.operation(), option) << e.what();
  EXPECT_TRUE(mentions(e, word)) << word << ": " << e.what();
}

std::string hashed_name(const std::string& certificate) {
  char name[16];
  std::snprintf(name, sizeof name, "%08lx.0",
                X509_subject_name_hash(certificate_from(certificate).get()));
  return name;
}

TEST(trust, comes_from_memory_a_file_or_a_folder) {
  const std::string& root = test_authority().certificate();
  const temp_dir dir;
  EXPECT_EQ(verdict(trusting(root)), X509_V_OK);

  context_options file = client_for();
  file.ca_file = dir.write("ca.pem", "a remark\n" + authority("Other").certificate() + root);
  EXPECT_EQ(verdict(file), X509_V_OK);

  context_options folder = client_for();
  folder.ca_directory = dir.path();
  EXPECT_NE(verdict(folder), X509_V_OK);
  dir.write(hashed_name(root), root);
  EXPECT_EQ(verdict(folder), X509_V_OK);
}

// OpenSSL would trust what is in two other folders.
TEST(trust, in_a_folder_whose_name_has_a_colon_is_refused) {
  const temp_dir dir;
  context_options folder = client_for();
  folder.ca_directory = dir / "a:b";
  ASSERT_EQ(::mkdir(folder.ca_directory.c_str(), 0700), 0);
  expect_refused(folder, "ca_directory", "colon");
}

TEST(trust, adds_up) {
  const authority a("A"), b("B"), c("C");
  const temp_dir dir;
  dir.write(hashed_name(c.certificate()), c.certificate());
  context_options all = client_for();
  all.ca_certificates = pem_text(a.certificate());
  all.ca_file = dir.write("b.pem", b.certificate());
  all.ca_directory = dir.path();
  for (const authority* issuer : {&a, &b, &c}) {
    EXPECT_EQ(verdict(all, issuer->leaf()), X509_V_OK);
  }
  EXPECT_EQ(verdict(all, authority("D").leaf()), X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY);
}

TEST(trust, of_a_client_is_required_and_not_given_away) {
  EXPECT_NE(verdict(trusting(authority("Other").certificate())), X509_V_OK);
  EXPECT_NE(verdict(client_for()), X509_V_OK);
}

// Of OpenSSL's system store, SSL_CERT_FILE names the place.
TEST(trust, of_a_client_that_names_none_is_the_systems) {
  const temp_dir dir;
  const std::string path = dir.write("system.pem", test_authority().certificate());
  const issued other = authority("Other").leaf();
  const child_result r = run_in_child([&] {
    ::setenv("SSL_CERT_FILE", path.c_str(), 1);
    if (verdict(client_for()) != X509_V_OK) return 1;
    if (verdict(trusting(authority("Other").certificate())) == X509_V_OK) return 2;
    return verdict(client_for(), other) == X509_V_OK ? 3 : 0;
  });
  EXPECT_EQ(r, (child_result{0, 0}));
}

TEST(trust, of_the_systems_store_may_be_had_beside_others) {
  const temp_dir dir;
  const std::string file = dir.write("system.pem", authority("Unused").certificate());
  const authority in_folder("In A Folder"), named("Named");
  dir.write(hashed_name(in_folder.certificate()), in_folder.certificate());
  context_options client = trusting(named.certificate());
  const child_result r = run_in_child([&] {
    ::setenv("SSL_CERT_FILE", file.c_str(), 1);
    ::setenv("SSL_CERT_DIR", dir.path().c_str(), 1);
    if (verdict(client, in_folder.leaf()) == X509_V_OK) return 1;
    client.system_trust = true;
    if (verdict(client, in_folder.leaf()) != X509_V_OK) return 2;
    if (verdict(client, named.leaf()) != X509_V_OK) return 3;
    context_options nobody = client_for();
    nobody.system_trust = false;
    return verdict(nobody, in_folder.leaf()) == X509_V_OK ? 4 : 0;
  });
  EXPECT_EQ(r, (child_result{0, 0}));
}

TEST(trust, of_a_server_in_the_systems_store_is_asked_for_by_name_and_not_announced) {
  const temp_dir dir;
  const std::string path = dir.write("system.pem", test_authority().certificate());
  context_options server = server_with(localhost());
  server.verify = verify_mode::required;
  server.system_trust = true;
  context_options client = trusting(test_authority().certificate());
  client.certificate = pem_text(localhost().both());
  const child_result r = run_in_child([&] {
    ::setenv("SSL_CERT_FILE", path.c_str(), 1);
    memory_handshake h(ssl_context::server(server), ssl_context::client(client));
    if (!h.run()) return 1;
    return sk_X509_NAME_num(SSL_get0_peer_CA_list(h.client())) > 0 ? 2 : 0;
  });
  EXPECT_EQ(r, (child_result{0, 0}));
}

TEST(trust, of_a_server_is_never_the_systems) {
  const temp_dir dir;
  const std::string path = dir.write("system.pem", test_authority().certificate());
  context_options server = server_with(localhost());
  server.verify = verify_mode::required;
  context_options client = trusting(test_authority().certificate());
  client.certificate = pem_text(localhost().both());
  const child_result r = run_in_child([&] {
    ::setenv("SSL_CERT_FILE", path.c_str(), 1);
    memory_handshake nobody(ssl_context::server(server), ssl_context::client(client));
    if (nobody.run()) return 1;
    server.ca_certificates = pem_text(test_authority().certificate());
    memory_handshake known(ssl_context::server(server), ssl_context::client(client));
    return known.run() ? 0 : 2;
  });
  EXPECT_EQ(r, (child_result{0, 0}));
}

TEST(trust, of_a_server_is_announced_to_clients) {
  const temp_dir dir;
  context_options server = server_with(localhost());
  server.verify = verify_mode::optional;
  server.ca_certificates = pem_text(test_authority().certificate());
  server.ca_file = dir.write("ca.pem", authority("Another Root").certificate());
  memory_handshake h(ssl_context::server(server),
                     ssl_context::client(trusting(test_authority().certificate())));
  ASSERT_TRUE(h.run());
  const STACK_OF(X509_NAME)* const names = SSL_get0_peer_CA_list(h.client());
  std::vector<std::string> seen;
  for (int i = 0; i < sk_X509_NAME_num(names); ++i) {
    char text[64];
    seen.emplace_back(X509_NAME_oneline(sk_X509_NAME_value(names, i), text, sizeof text));
  }
  EXPECT_EQ(seen, (std::vector<std::string>{"/CN=Another Root", "/CN=Test Root"}));
}

TEST(trust, that_cannot_be_read_is_named) {
  const temp_dir dir;
  const std::string missing = dir / "missing";
  const std::string empty = dir.write("empty.pem", "");
  const std::string key = dir.write("key.pem", localhost().key);
  struct row {
    std::string path, word;
  };
  for (const row& r : {row{missing, "No such file"}, row{dir.path(), "Is a directory"},
                       row{empty, "is empty"}, row{key, "holds no certificate"}}) {
    context_options o = client_for();
    o.ca_file = r.path;
    expect_refused(o, "ca_file", r.word);
    expect_refused(o, "ca_file", '"' + r.path + '"');
  }
  for (const row& r : {row{missing, "No such file"}, row{empty, "Not a directory"}}) {
    context_options o = client_for();
    o.ca_directory = r.path;
    expect_refused(o, "ca_directory", r.word);
    expect_refused(o, "ca_directory", '"' + r.path + '"');
  }
  expect_refused(trusting("no PEM"), "ca_certificates", "no PEM block");
  expect_refused(trusting(localhost().key), "ca_certificates", "holds no certificate");
  context_options nul = client_for();
  nul.ca_directory = std::string("/tmp\0x", 6);
  expect_refused(nul, "ca_directory", "NUL");
}

TEST(trust, in_a_folder_that_may_not_be_read_is_named) {
  const temp_dir dir;
  ASSERT_EQ(::chmod(dir.path().c_str(), 0), 0);
  context_options o = client_for();
  o.ca_directory = dir.path();
  const child_result r = run_in_child([&] {
    // All ids: access(2) looks at the real one.
    if (::geteuid() == 0 && ::setuid(65534) != 0) return 1;
    const ssl_error e = thrown_by([&] { ssl_context::client(o); });
    return e.operation() == "ca_directory" && mentions(e, "Permission denied") ? 0 : 2;
  });
  EXPECT_EQ(r, (child_result{0, 0}));
}

TEST(trust, is_limited_by_time_and_purpose) {
  const authority root("Root");
  const context_options client = trusting(root.certificate());
  leaf_options o;
  o.valid = {std::chrono::hours(-2), std::chrono::hours(-1)};
  EXPECT_EQ(verdict(client, root.leaf(o)), X509_V_ERR_CERT_HAS_EXPIRED);
  o.valid = {std::chrono::hours(1), std::chrono::hours(2)};
  EXPECT_EQ(verdict(client, root.leaf(o)), X509_V_ERR_CERT_NOT_YET_VALID);
  o = leaf_options();
  o.extended_key_usage = "clientAuth";
  EXPECT_EQ(verdict(client, root.leaf(o)), X509_V_ERR_INVALID_PURPOSE);
}

TEST(trust, is_limited_to_the_names_that_an_authority_may_vouch_for) {
  const authority root("Root");
  const auto judged = [&](const std::string& constraints) {
    return verdict(trusting(root.certificate()), root.constrained(constraints).leaf());
  };
  EXPECT_EQ(judged("critical,permitted;DNS:localhost,permitted;IP:127.0.0.0/255.0.0.0,"
                   "permitted;IP:::/::"),
            X509_V_OK);
  EXPECT_EQ(judged("critical,permitted;DNS:example.org"), X509_V_ERR_PERMITTED_VIOLATION);
  EXPECT_EQ(judged("critical,excluded;DNS:localhost"), X509_V_ERR_EXCLUDED_VIOLATION);
  EXPECT_EQ(judged("critical,excluded;IP:127.0.0.0/255.0.0.0"), X509_V_ERR_EXCLUDED_VIOLATION);
}

TEST(trust, of_clients_is_limited_by_purpose) {
  context_options server = server_with(localhost());
  server.verify = verify_mode::required;
  server.ca_certificates = pem_text(test_authority().certificate());
  leaf_options for_servers;
  for_servers.extended_key_usage = "serverAuth";
  context_options client = trusting(test_authority().certificate());
  client.certificate = pem_text(test_authority().leaf(for_servers).both());
  memory_handshake h(ssl_context::server(server), ssl_context::client(client));
  EXPECT_FALSE(h.run());
  EXPECT_EQ(h.server_verdict(), X509_V_ERR_INVALID_PURPOSE);
}

TEST(trust, is_limited_by_max_depth) {
  const authority root("Root");
  const issued deep = root.intermediate("A").intermediate("B").leaf();
  context_options client = trusting(root.certificate());
  EXPECT_EQ(verdict(client, deep), X509_V_OK);
  client.max_depth = 2;
  EXPECT_EQ(verdict(client, deep), X509_V_OK);
  client.max_depth = 1;
  EXPECT_NE(verdict(client, deep), X509_V_OK);
  client.max_depth = 0;
  EXPECT_NE(verdict(client, root.intermediate("A").leaf()), X509_V_OK);
  EXPECT_EQ(verdict(client, root.leaf()), X509_V_OK);
}

TEST(trust, prefers_a_root_that_is_trusted_to_an_expired_cross_certificate) {
  const authority old("Old Root", {std::chrono::hours(-9), std::chrono::hours(-1)});
  const authority young("Young Root");
  issued leaf = young.leaf();
  leaf.certificate +=
      old.cross_certificate(young, {std::chrono::hours(-9), std::chrono::hours(-1)});
  EXPECT_EQ(verdict(trusting(young.certificate() + old.certificate()), leaf), X509_V_OK);
}

class revocation : public testing::Test {
 protected:
  long verdict_with(const std::string& lists, const setting<crl_check_mode>& mode = {}) const {
    context_options client = trusting(root_.certificate());
    client.crl_file = pem_text(lists);
    client.crl_check = mode;
    return verdict(client, leaf_);
  }

  const authority root_{"Root"};
  const issued leaf_ = root_.leaf();
};

TEST_F(revocation, list_is_looked_into_once_it_is_given) {
  EXPECT_EQ(verdict_with(root_.crl()), X509_V_OK);
  EXPECT_EQ(verdict_with(root_.crl({leaf_.certificate})), X509_V_ERR_CERT_REVOKED);
  EXPECT_EQ(verdict_with(root_.crl({root_.leaf().certificate})), X509_V_OK);
  EXPECT_EQ(verdict_with(root_.crl({leaf_.certificate}), crl_check_mode::leaf),
            X509_V_ERR_CERT_REVOKED);
}

TEST_F(revocation, list_must_be_the_issuers_and_valid) {
  EXPECT_EQ(verdict_with(authority("Other").crl()), X509_V_ERR_UNABLE_TO_GET_CRL);
  EXPECT_EQ(verdict_with(root_.crl({}, {std::chrono::hours(-2), std::chrono::hours(-1)})),
            X509_V_ERR_CRL_HAS_EXPIRED);
  EXPECT_EQ(verdict_with(root_.crl({}, {std::chrono::hours(1), std::chrono::hours(2)})),
            X509_V_ERR_CRL_NOT_YET_VALID);
  // Another authority of the same name has another key.
  EXPECT_EQ(verdict_with(authority("Root").crl()), X509_V_ERR_CRL_SIGNATURE_FAILURE);
}

TEST_F(revocation, list_is_ignored_if_that_is_asked_for) {
  EXPECT_EQ(verdict_with(root_.crl({leaf_.certificate}), crl_check_mode::none), X509_V_OK);
  EXPECT_EQ(verdict_with(authority("Other").crl(), crl_check_mode::none), X509_V_OK);
}

TEST_F(revocation, lists_may_be_several_in_a_file) {
  const temp_dir dir;
  context_options client = trusting(root_.certificate());
  client.crl_file = dir.write("crl.pem", authority("Other").crl() + root_.crl({leaf_.certificate}));
  EXPECT_EQ(verdict(client, leaf_), X509_V_ERR_CERT_REVOKED);
}

TEST_F(revocation, may_be_checked_along_the_chain) {
  const authority middle = root_.intermediate("Middle");
  const issued leaf = middle.leaf();
  context_options client = trusting(root_.certificate());
  client.crl_check = crl_check_mode::chain;
  client.crl_file = pem_text(middle.crl());
  EXPECT_EQ(verdict(client, leaf), X509_V_ERR_UNABLE_TO_GET_CRL);
  client.crl_file = pem_text(middle.crl() + root_.crl());
  EXPECT_EQ(verdict(client, leaf), X509_V_OK);
  client.crl_file = pem_text(middle.crl() + root_.crl({middle.certificate()}));
  EXPECT_EQ(verdict(client, leaf), X509_V_ERR_CERT_REVOKED);
  client.crl_check = crl_check_mode::leaf;
  EXPECT_EQ(verdict(client, leaf), X509_V_OK);
}

TEST_F(revocation, is_checked_by_servers_too) {
  context_options server = server_with(localhost());
  server.verify = verify_mode::required;
  server.ca_certificates = pem_text(root_.certificate());
  server.crl_file = pem_text(root_.crl({leaf_.certificate}));
  context_options client = trusting(test_authority().certificate());
  client.certificate = pem_text(leaf_.both());
  memory_handshake refused(ssl_context::server(server), ssl_context::client(client));
  EXPECT_FALSE(refused.run());
  EXPECT_EQ(refused.server_verdict(), X509_V_ERR_CERT_REVOKED);
  client.certificate = pem_text(root_.leaf().both());
  memory_handshake taken(ssl_context::server(server), ssl_context::client(client));
  EXPECT_TRUE(taken.run());
}

TEST_F(revocation, check_without_a_list_refuses_every_certificate) {
  context_options o = trusting(root_.certificate());
  for (const crl_check_mode mode : {crl_check_mode::leaf, crl_check_mode::chain}) {
    o.crl_check = mode;
    EXPECT_EQ(verdict(o, leaf_), X509_V_ERR_UNABLE_TO_GET_CRL);
  }
  o.crl_check = crl_check_mode::none;
  EXPECT_EQ(verdict(o, leaf_), X509_V_OK);
}

TEST_F(revocation, lists_are_looked_for_in_the_directory_too) {
  const temp_dir dir;
  const std::string name = hashed_name(root_.certificate());
  const std::string list_name = name.substr(0, name.size() - 1) + "r0";
  dir.write(name, root_.certificate());
  context_options o = client_for();
  o.ca_directory = dir.path();
  o.crl_check = crl_check_mode::leaf;
  EXPECT_EQ(verdict(o, leaf_), X509_V_ERR_UNABLE_TO_GET_CRL);
  dir.write(list_name, root_.crl());
  EXPECT_EQ(verdict(o, leaf_), X509_V_OK);
  dir.write(list_name, root_.crl({leaf_.certificate}));
  EXPECT_EQ(verdict(o, leaf_), X509_V_ERR_CERT_REVOKED);
}

TEST_F(revocation, list_that_cannot_be_read_is_named) {
  const temp_dir dir;
  context_options o = trusting(root_.certificate());
  o.crl_file = dir / "missing.crl";
  expect_refused(o, "crl_file", (dir / "missing.crl") + "\": No such file");
  o.crl_check = crl_check_mode::none;
  expect_refused(o, "crl_file", "No such file");
  o.crl_file = pem_text(root_.certificate());
  expect_refused(o, "crl_file", "holds no certificate revocation list");
  o.crl_file = pem_text("-----BEGIN X509 CRL-----\nMIIB\n-----END X509 CRL-----\n");
  expect_refused(o, "crl_file", "cannot be read");
}

}  // namespace
}  // namespace test
}  // namespace iostls
