// SPDX-License-Identifier: Apache-2.0
// Which authorities are trusted, for which names, times and purposes.
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
#include "verdict.hpp"

namespace iostls {
namespace test {
namespace {

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

}  // namespace
}  // namespace test
}  // namespace iostls
