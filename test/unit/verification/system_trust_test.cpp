// SPDX-License-Identifier: Apache-2.0
// The system's trust, beside what OpenSSL's own look-up of it finds.
#include <cctype>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#ifdef __linux__
#include <sys/inotify.h>
#endif

#include <gtest/gtest.h>
#include <openssl/crypto.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <iostls/ssl_context.hpp>

#include "files.hpp"
#include "fixture.hpp"
#include "memory_handshake.hpp"
#include "pem.hpp"
#include "process.hpp"

namespace iostls {
namespace test {
namespace {

std::string hash_of_subject(const std::string& certificate) {
  char name[16];
  std::snprintf(name, sizeof name, "%08lx",
                X509_subject_name_hash(certificate_from(certificate).get()));
  return name;
}

std::string upper_case(std::string text) {
  for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return text;
}

// An authority whose hash has a letter in it.
authority lettered(const std::string& name) {
  for (int i = 0;; ++i) {
    authority one(name + ' ' + std::to_string(i));
    const std::string hash = hash_of_subject(one.certificate());
    if (upper_case(hash) != hash) return one;
  }
}

std::string der_of(const std::string& certificate) {
  const auto x509 = certificate_from(certificate);
  return written([&](BIO* to) { return i2d_X509_bio(to, x509.get()); });
}

// A root, an authority beneath it, and a server that has its certificate from that one.
struct hierarchy {
  authority root = lettered("System Root");
  authority middle = root.intermediate("System Middle");
  issued server = middle.leaf();
  std::string leaf = to_pem(certificate_from(server.certificate).get());

  std::string root_hash() const { return hash_of_subject(root.certificate()); }
  std::string middle_hash() const { return hash_of_subject(middle.certificate()); }
};

// In a process with these variables: what the client makes of the server.
struct visit {
  std::string file = "/nowhere/file.pem";
  std::string folder = "/nowhere/folder";
  issued server;
  crl_check_mode crl = crl_check_mode::none;
  bool as_nobody = false;
};

long verdict_of_client(const visit& v) {
  context_options server;
  server.certificate = pem_text(v.server.certificate);
  server.key = pem_text(v.server.key);
  context_options client;
  client.server_name = "localhost";
  client.crl_check = v.crl;
  memory_handshake h(ssl_context::server(server), ssl_context::client(client));
  h.run();
  return h.client_verdict();
}

// The same, by OpenSSL's own look-ups.
long verdict_of_openssl(const visit& v) {
  const std::shared_ptr<X509_STORE> store(X509_STORE_new(), X509_STORE_free);
  require(X509_STORE_set_default_paths(store.get()) == 1, "X509_STORE_set_default_paths");
  if (v.crl == crl_check_mode::chain) {
    X509_STORE_set_flags(store.get(), X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL);
  }
  const std::size_t end = v.server.certificate.find("-----BEGIN", 1);
  const bool has_more = end != std::string::npos;
  const auto leaf = certificate_from(v.server.certificate);
  const auto more = has_more ? certificate_from(v.server.certificate.substr(end)) : nullptr;
  STACK_OF(X509)* const untrusted = sk_X509_new_null();
  if (has_more) sk_X509_push(untrusted, more.get());
  const std::shared_ptr<X509_STORE_CTX> context(X509_STORE_CTX_new(), X509_STORE_CTX_free);
  require(X509_STORE_CTX_init(context.get(), store.get(), leaf.get(), untrusted) == 1, "init");
  X509_verify_cert(context.get());
  sk_X509_free(untrusted);
  return X509_STORE_CTX_get_error(context.get());
}

// A number of the exit status; see child_process.
int difference(const visit& v, long expected) {
  if (v.as_nobody && ::geteuid() == 0 && ::setuid(65534) != 0) return 3;
  ::setenv("SSL_CERT_FILE", v.file.c_str(), 1);
  ::setenv("SSL_CERT_DIR", v.folder.c_str(), 1);
  if (verdict_of_openssl(v) != expected) return 1;
  return verdict_of_client(v) == expected ? 0 : 2;
}

void expect_verdict(const visit& v, long expected) {
  const child_result r = run_in_child([&] { return difference(v, expected); });
  EXPECT_EQ(r, (child_result{0, 0})) << "1: OpenSSL's differs, 2: the client's differs";
}

// Up to version 3.3, OpenSSL's default paths have a third look-up: the text for the folders is the URI of a
// store, too.
bool folders_are_a_store() { return OpenSSL_version_num() < 0x30400000; }

void expect_found_in_a_store_alone(const visit& v) {
  expect_verdict(v,
                 folders_are_a_store() ? X509_V_OK : X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY);
}

class system_trust : public ::testing::Test {
 protected:
  hierarchy h;
  temp_dir dir;

  std::string sub_folder(const std::string& name) const {
    EXPECT_EQ(::mkdir((dir / name).c_str(), 0755), 0);
    return dir / name;
  }
};

TEST_F(system_trust, is_found_in_the_file) {
  visit v;
  v.server = h.server;
  v.file = dir.write("all.pem", authority("Other").certificate() + h.root.certificate());
  expect_verdict(v, X509_V_OK);
  v.server.certificate = h.leaf;
  expect_verdict(v, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY);
}

// Opening a FIFO waits for its writer. OpenSSL opens it only for the hash in its name.
TEST_F(system_trust, is_found_beside_a_fifo) {
  visit v;
  v.server = h.server;
  v.folder = dir.path();
  dir.write(h.root_hash() + ".0", h.root.certificate());
  ASSERT_EQ(::mkfifo((dir / "00000000.0").c_str(), 0644), 0);
  expect_verdict(v, X509_V_OK);
}

TEST_F(system_trust, is_found_in_the_folder) {
  visit v;
  v.server = h.server;
  v.folder = dir.path();
  expect_verdict(v, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY);
  dir.write(h.root_hash() + ".0", authority("Same Hash").certificate());
  dir.write(h.root_hash() + ".1", h.root.certificate());
  expect_verdict(v, X509_V_OK);
}

TEST_F(system_trust, may_have_an_intermediate_in_the_folder_that_the_server_does_not_send) {
  visit v;
  v.server = h.server;
  v.server.certificate = h.leaf;
  v.folder = dir.path();
  v.file = dir.write("root.pem", h.root.certificate());
  expect_verdict(v, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY);
  dir.write(h.middle_hash() + ".0", h.middle.certificate());
  expect_verdict(v, X509_V_OK);
}

TEST_F(system_trust, is_found_in_several_folders) {
  visit v;
  v.server = h.server;
  v.server.certificate = h.leaf;
  const std::string one = sub_folder("one");
  const std::string two = sub_folder("two");
  write_file(one + '/' + h.middle_hash() + ".0", h.middle.certificate());
  write_file(two + '/' + h.root_hash() + ".0", h.root.certificate());
  v.folder = one + ":/nowhere::" + two;
  expect_verdict(v, X509_V_OK);
  v.folder = one;
  expect_verdict(v, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT);
}

TEST_F(system_trust, has_revocation_lists_in_the_folder) {
  visit v;
  v.server = h.server;
  v.folder = dir.path();
  v.file = dir.write("root.pem", h.root.certificate());
  v.crl = crl_check_mode::chain;
  expect_verdict(v, X509_V_ERR_UNABLE_TO_GET_CRL);
  dir.write(h.root_hash() + ".r0", h.root.crl());
  dir.write(h.middle_hash() + ".r0", h.middle.crl());
  expect_verdict(v, X509_V_OK);
  dir.write(h.middle_hash() + ".r1", h.middle.crl({h.leaf}));
  dir.write(h.middle_hash() + ".r0", h.middle.crl({h.leaf}));
  expect_verdict(v, X509_V_ERR_CERT_REVOKED);
}

TEST_F(system_trust, is_missed_where_nothing_can_be_read) {
  visit v;
  v.server = h.server;
  expect_verdict(v, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY);
  v.folder = sub_folder("closed");
  write_file(v.folder + '/' + h.root_hash() + ".0", h.root.certificate());
  ASSERT_EQ(::chmod(v.folder.c_str(), 0), 0);
  ASSERT_EQ(::chmod(dir.path().c_str(), 0755), 0);
  v.as_nobody = true;
  expect_verdict(v, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY);
  ASSERT_EQ(::chmod(v.folder.c_str(), 0755), 0);
  expect_verdict(v, X509_V_OK);
}

// What only the look-up in a store finds.
TEST_F(system_trust, may_be_a_store) {
  visit v;
  v.server = h.server;
  const std::string folder = sub_folder("folder");
  write_file(folder + '/' + h.root_hash() + ".0", h.root.certificate());
  v.folder = "file:" + folder;  // or, to the second look-up, two folders
  expect_verdict(v, X509_V_OK);
  v.folder = dir.write("file.pem", h.root.certificate());
  expect_found_in_a_store_alone(v);
  v.folder = sub_folder("with:colon");
  write_file(v.folder + '/' + h.root_hash() + ".0", h.root.certificate());
  expect_found_in_a_store_alone(v);
}

TEST_F(system_trust, is_found_under_names_that_only_a_store_reads) {
  visit v;
  v.server = h.server;
  v.folder = sub_folder("upper");
  write_file(v.folder + '/' + upper_case(h.root_hash()) + ".0", h.root.certificate());
  expect_found_in_a_store_alone(v);
  v.folder = sub_folder("gap");
  write_file(v.folder + '/' + h.root_hash() + ".1", h.root.certificate());
  expect_found_in_a_store_alone(v);
  v.folder = sub_folder("binary");
  write_file(v.folder + '/' + h.root_hash() + ".0", der_of(h.root.certificate()));
  expect_found_in_a_store_alone(v);
}

#ifdef __linux__
// How often the folder itself is opened, as to read all its names.
int openings_during(const std::string& folder, const visit& v) {
  const int watch = ::inotify_init1(IN_NONBLOCK);
  ::setenv("SSL_CERT_FILE", v.file.c_str(), 1);
  ::setenv("SSL_CERT_DIR", v.folder.c_str(), 1);
  context_options server;
  server.certificate = pem_text(v.server.certificate);
  server.key = pem_text(v.server.key);
  context_options client;
  client.server_name = "localhost";
  memory_handshake m(ssl_context::server(server), ssl_context::client(client));
  if (::inotify_add_watch(watch, folder.c_str(), IN_OPEN | IN_ONLYDIR) < 0 || !m.run()) return 100;
  alignas(inotify_event) char events[4096];
  const ssize_t size = ::read(watch, events, sizeof events);
  int count = 0;
  for (ssize_t at = 0; at < size;) {
    const auto& event = *reinterpret_cast<const inotify_event*>(events + at);
    if ((event.mask & IN_ISDIR) != 0) ++count;
    at += static_cast<ssize_t>(sizeof event + event.len);
  }
  return count;
}

TEST_F(system_trust, does_not_read_a_whole_folder_to_verify_a_chain) {
  visit v;
  v.server = h.server;
  v.folder = sub_folder("many");
  v.file = dir.write("root.pem", h.root.certificate());
  for (int i = 0; i != 3; ++i) {
    const authority other("Other " + std::to_string(i));
    write_file(v.folder + '/' + hash_of_subject(other.certificate()) + ".0", other.certificate());
  }
  write_file(v.folder + "/ca-certificates.crt", h.root.certificate());
  const child_result r = run_in_child([&] { return openings_during(v.folder, v); });
  EXPECT_EQ(r, (child_result{0, 0}));
  const child_result store = run_in_child([&] {
    visit by_store = v;
    by_store.folder = "file:" + v.folder;
    return openings_during(v.folder, by_store);
  });
  EXPECT_EQ(store.code > 0, folders_are_a_store()) << store.code;
  EXPECT_LT(store.code, 100);
}
#endif

}  // namespace
}  // namespace test
}  // namespace iostls
