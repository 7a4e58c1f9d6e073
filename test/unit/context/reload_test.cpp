// SPDX-License-Identifier: Apache-2.0
// A context that reads its files again.
#include <stdexcept>
#include <string>

#include <gtest/gtest.h>
#include <iostls/iostls.hpp>

#include "descriptor.hpp"
#include "files.hpp"
#include "fixture.hpp"
#include "memory_handshake.hpp"
#include "pem.hpp"
#include "task.hpp"
#include "thrown.hpp"
#include "trusted_pem.hpp"

namespace iostls {
namespace test {
namespace {

std::string serial_of(X509* x509) {
  const certificate c = certificate::from_pem(to_pem(x509));
  return c.serial();
}

std::string serial_of(const issued& i) { return certificate::from_pem(i.certificate).serial(); }

context_options trusting(const std::string& authorities) {
  context_options o;
  o.server_name = "localhost";
  o.ca_certificates = pem_text(authorities);
  return o;
}

class reload : public testing::Test {
 protected:
  reload() {
    write(first_);
    server_.certificate = path_;
  }

  void write(const issued& i) const { dir_.write("server.pem", i.both()); }

  // The serial number of the certificate that a client is shown.
  std::string shown_by(const ssl_context& server) const {
    memory_handshake h(server, client_);
    EXPECT_TRUE(h.run());
    return serial_of(SSL_get0_peer_certificate(h.client()));
  }

  const temp_dir dir_;
  const std::string path_ = dir_ / "server.pem";
  const issued first_ = test_authority().leaf();
  const issued second_ = test_authority().leaf();
  const ssl_context client_ = ssl_context::client(trusting(test_authority().certificate()));
  context_options server_;
};

TEST_F(reload, shows_the_certificate_that_the_file_has_now) {
  const ssl_context server = ssl_context::server(server_);
  const ssl_context copy = server;
  write(second_);
  EXPECT_EQ(shown_by(server), serial_of(first_));
  server.reload();
  EXPECT_EQ(shown_by(server), serial_of(second_));
  EXPECT_EQ(shown_by(copy), serial_of(second_));
}

TEST_F(reload, leaves_connections_alone) {
  const ssl_context server = ssl_context::server(server_);
  descriptor_pair before = socket_pair();
  ssl_server_stream open_before(before.a.get(), server);
  before.a.release();
  write(second_);
  server.reload();

  ssl_client_stream client(before.b.get(), client_);
  before.b.release();
  const task answering([&] { open_before << "hello" << std::endl; });
  std::string word;
  client >> word;
  EXPECT_EQ(word, "hello");
  EXPECT_EQ(client.peer_certificate().serial(), serial_of(first_));
}

TEST_F(reload, of_something_broken_changes_nothing) {
  dir_.write("ca.pem", test_authority().certificate());
  dir_.write("list.crl", test_authority().crl());
  dir_.write("key.pem", first_.key);
  server_.key = dir_ / "key.pem";
  server_.ca_file = dir_ / "ca.pem";
  server_.crl_file = dir_ / "list.crl";
  const ssl_context server = ssl_context::server(server_);
  const auto state = server.state();
  struct row {
    std::string option, file, content, word;
  };
  for (const row& r : {row{"certificate", "server.pem", "garbage", "no PEM block"},
                       row{"certificate", "server.pem", "", "is empty"},
                       row{"key", "key.pem", second_.key, "does not belong"},
                       row{"ca_file", "ca.pem", first_.key, "holds no certificate"},
                       row{"crl_file", "list.crl", first_.key, "holds no certificate revo"}}) {
    const std::string good = read_file(dir_ / r.file);
    dir_.write(r.file, r.content);
    const ssl_error e = thrown_by([&] { server.reload(); });
    EXPECT_EQ(e.code(), ssl_errc::bad_credentials) << e.what();
    EXPECT_EQ(e.operation(), r.option) << e.what();
    EXPECT_TRUE(mentions(e, r.word)) << e.what();
    EXPECT_TRUE(mentions(e, r.file)) << e.what();
    EXPECT_EQ(server.state(), state);
    EXPECT_EQ(shown_by(server), serial_of(first_));
    dir_.write(r.file, good);
  }
  server.reload();
  EXPECT_NE(server.state(), state);
}

TEST_F(reload, asks_for_the_password_again) {
  leaf_options locked;
  locked.password = "one";
  write(test_authority().leaf(locked));
  std::string password = "one";
  server_.certificate_password = [&] {
    if (password.empty()) throw std::runtime_error("no password today");
    return password;
  };
  const ssl_context server = ssl_context::server(server_);
  locked.password = password = "two";
  const issued other = test_authority().leaf(locked);
  write(other);
  server.reload();
  EXPECT_EQ(shown_by(server), serial_of(other));
  password.clear();
  EXPECT_THROW(server.reload(), std::runtime_error);
  password = "wrong";
  EXPECT_EQ(thrown_by([&] { server.reload(); }).operation(), "certificate_password");
  EXPECT_EQ(shown_by(server), serial_of(other));
}

TEST_F(reload, changes_the_trust_of_clients) {
  context_options o;
  o.server_name = "localhost";
  o.ca_file = dir_.write("ca.pem", authority("Other").certificate());
  const ssl_context client = ssl_context::client(o);
  const ssl_context server = ssl_context::server(server_);
  EXPECT_FALSE(memory_handshake(server, client).run());
  dir_.write("ca.pem", test_authority().certificate());
  client.reload();
  EXPECT_TRUE(memory_handshake(server, client).run());
}

TEST_F(reload, takes_a_new_revocation_list) {
  context_options o = trusting(test_authority().certificate());
  o.crl_file = dir_.write("list.crl", test_authority().crl());
  const ssl_context client = ssl_context::client(o);
  const ssl_context server = ssl_context::server(server_);
  EXPECT_TRUE(memory_handshake(server, client).run());
  dir_.write("list.crl", test_authority().crl({first_.certificate}));
  client.reload();
  memory_handshake h(server, client);
  EXPECT_FALSE(h.run());
  EXPECT_EQ(h.client_verdict(), X509_V_ERR_CERT_REVOKED);
}

TEST_F(reload, keeps_what_options_say) {
  server_.method = tls_method{tls_version::tls1_2, tls_version::tls1_2};
  server_.server_name = "localhost";
  server_.read_timeout = std::chrono::milliseconds(7);
  const ssl_context server = ssl_context::server(server_);
  server.reload();
  EXPECT_TRUE(server.is_server());
  EXPECT_EQ(server.state()->options().read_timeout.value(), std::chrono::milliseconds(7));
  memory_handshake h(server, client_);
  ASSERT_TRUE(h.run());
  EXPECT_STREQ(SSL_get_version(h.client()), "TLSv1.2");
  context_options elsewhere = trusting(test_authority().certificate());
  elsewhere.server_name = "127.0.0.1";
  EXPECT_FALSE(memory_handshake(server, ssl_context::client(elsewhere)).run());
}

class sessions_across_reload : public testing::TestWithParam<tls_version> {
 protected:
  sessions_across_reload() {
    dir_.write("ca.pem", test_authority().certificate());
    dir_.write("list.crl", test_authority().crl());
    server_ = server_options(GetParam());
    server_.verify = verify_mode::required;
    client_.certificate = pem_text(localhost().both());
  }

  // Whether a session that was made before the reload is resumed after it.
  bool survive(const std::function<void()>& change) const {
    const ssl_context server = ssl_context::server(server_);
    const ssl_context client = ssl_context::client(client_);
    memory_handshake before(server, client);
    EXPECT_TRUE(before.run());
    change();
    server.reload();
    memory_handshake after(server, client);
    SSL_set_session(after.client(), before.session().get());
    EXPECT_TRUE(after.run());
    return SSL_session_reused(after.server()) == 1;
  }

  const temp_dir dir_;
  context_options server_;
  context_options client_ = client_options();
};

INSTANTIATE_TEST_SUITE_P(versions, sessions_across_reload,
                         testing::Values(tls_version::tls1_2, tls_version::tls1_3),
                         [](const auto& p) { return to_string(p.param); });

TEST_P(sessions_across_reload, are_resumed_while_the_trust_is_the_same) {
  server_.ca_file = dir_ / "ca.pem";
  server_.crl_file = dir_ / "list.crl";
  EXPECT_TRUE(survive([] {}));
  EXPECT_TRUE(
      survive([this] { dir_.write("ca.pem", "a remark\n" + test_authority().certificate()); }));
}

TEST_P(sessions_across_reload, are_not_resumed_once_other_authorities_are_trusted) {
  server_.ca_file = dir_ / "ca.pem";
  EXPECT_FALSE(survive([this] {
    dir_.write("ca.pem", test_authority().certificate() + authority("Other").certificate());
  }));
}

// The authority stays, and its clients stay out.
TEST_P(sessions_across_reload, are_not_resumed_once_an_authority_is_trusted_for_something_else) {
  const std::string& ca = test_authority().certificate();
  server_.ca_file = dir_ / "ca.pem";
  server_.verify = verify_mode::optional;
  client_.certificate = {};
  EXPECT_TRUE(survive([&] { dir_.write("ca.pem", nicknamed(ca, "ours")); }));
  EXPECT_FALSE(survive([&] { dir_.write("ca.pem", withdrawn_for(ca, NID_client_auth)); }));
  EXPECT_TRUE(survive([&] { dir_.write("ca.pem", withdrawn_for(ca, NID_client_auth)); }));
  EXPECT_FALSE(survive([&] { dir_.write("ca.pem", trusted_for(ca, NID_client_auth)); }));
}

TEST_P(sessions_across_reload, are_refused_once_their_authority_is_withdrawn_for_clients) {
  server_.ca_file = dir_ / "ca.pem";
  const ssl_context server = ssl_context::server(server_);
  const ssl_context client = ssl_context::client(client_);
  memory_handshake before(server, client);
  EXPECT_TRUE(before.run());
  dir_.write("ca.pem", withdrawn_for(test_authority().certificate(), NID_client_auth));
  server.reload();
  memory_handshake after(server, client);
  SSL_set_session(after.client(), before.session().get());
  EXPECT_FALSE(after.run());
  EXPECT_EQ(after.server_verdict(), X509_V_ERR_CERT_REJECTED);
}

TEST_P(sessions_across_reload, are_not_resumed_once_there_is_another_revocation_list) {
  server_.ca_file = dir_ / "ca.pem";
  server_.crl_file = dir_ / "list.crl";
  const std::string gone = test_authority().leaf().certificate;
  EXPECT_FALSE(survive([&] { dir_.write("list.crl", test_authority().crl({gone})); }));
}

TEST_P(sessions_across_reload, are_not_resumed_once_the_folder_has_another_file) {
  char name[16];
  std::snprintf(name, sizeof name, "%08lx.0",
                X509_subject_name_hash(certificate_from(test_authority().certificate()).get()));
  dir_.write(name, test_authority().certificate());
  server_.ca_directory = dir_.path();
  EXPECT_TRUE(survive([] {}));
  EXPECT_FALSE(survive([this] { dir_.write("00000000.0", authority("Other").certificate()); }));
}

}  // namespace
}  // namespace test
}  // namespace iostls
