// SPDX-License-Identifier: Apache-2.0
// Where a session is good, and where it is not: with commands for OpenSSL, which may change whom an
// end trusts, with pre-shared keys, and once it has been used.
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <iostls/iostls.hpp>

#include "algorithms.hpp"
#include "files.hpp"
#include "fixture.hpp"
#include "session_visit.hpp"

namespace iostls {
namespace test {
namespace {

using commands = std::vector<std::pair<std::string, std::string>>;

connection_options with(const ssl_session& session) {
  connection_options own;
  own.session = session;
  return own;
}

context_options with(context_options o, const commands& c) {
  o.openssl_commands = c;
  return o;
}

class resumption_scope : public testing::TestWithParam<tls_version> {
 protected:
  resumption_scope() : server_(server_options(GetParam())), client_(client_options()) {
    server_.ca_certificates = pem_text(test_authority().certificate());
    server_.ticket_keys = {ticket_key::random()};
  }

  void give_client_a_certificate() {
    client_.certificate = pem_text(localhost().certificate);
    client_.key = pem_text(localhost().key);
  }

  // A first visit, made to `at`.
  ssl_session taken(const ssl_context& at) const {
    const visit_result first = visit(at, ssl_context::client(client_));
    EXPECT_FALSE(first.failed) << first.failed.message();
    EXPECT_TRUE(first.session);
    return first.session;
  }

  visit_result back(const ssl_session& session, const ssl_context& at) const {
    return visit(at, ssl_context::client(client_), with(session));
  }

  // Whether a server of the second options resumes what one of the first has begun.
  bool resumes(const context_options& first, const context_options& second) const {
    return back(taken(ssl_context::server(first)), ssl_context::server(second)).info.resumed;
  }

  context_options server_, client_;
};

INSTANTIATE_TEST_SUITE_P(, resumption_scope,
                         testing::Values(tls_version::tls1_2, tls_version::tls1_3),
                         [](const auto& p) { return to_string(p.param); });

TEST_P(resumption_scope, of_a_server_does_not_reach_one_that_requires_a_certificate_by_command) {
  const ssl_session session = taken(ssl_context::server(server_));
  const ssl_context strict = ssl_context::server(with(server_, {{"VerifyMode", "Require"}}));
  EXPECT_TRUE(visit(strict, ssl_context::client(client_)).failed);
  EXPECT_TRUE(back(session, strict).failed);
}

TEST_P(resumption_scope, of_a_server_ends_at_other_commands) {
  const commands both{{"Options", "-EncryptThenMac"}, {"VerifyMode", "Request"}};
  EXPECT_TRUE(resumes(with(server_, both), with(server_, both)));
  EXPECT_FALSE(resumes(with(server_, both), with(server_, {both[0]})));
  EXPECT_FALSE(resumes(with(server_, both), with(server_, {both[0], {"VerifyMode", "Require"}})));
  EXPECT_FALSE(
      resumes(with(server_, both), with(server_, {both[0], {"ClientCAFile", "/dev/null"}})));
}

// A server whose clients need a certificate of an authority that is named by a command alone.
TEST_P(resumption_scope, ends_when_an_authority_is_gone_from_where_a_command_names_it) {
  give_client_a_certificate();
  for (const std::string command : {"VerifyCAFile", "VerifyCAStore"}) {
    SCOPED_TRACE(command);
    const temp_dir dir;
    const std::string path = dir.write("ca.pem", test_authority().certificate());
    const ssl_context server =
        ssl_context::server(with(server_, {{"VerifyMode", "Request,Require"}, {command, path}}));
    const ssl_session session = taken(server);
    server.reload();
    const visit_result same = back(session, server);
    EXPECT_TRUE(same.info.resumed);
    dir.write("ca.pem", authority("Other").certificate());
    server.reload();
    EXPECT_TRUE(visit(server, ssl_context::client(client_)).failed);
    EXPECT_TRUE(back(same.session, server).failed);
  }
}

TEST_P(resumption_scope, ends_at_something_new_in_a_folder_that_a_command_names) {
  const temp_dir empty, dir;
  const commands ways{{"VerifyCAPath", empty.path() + ':' + dir.path()},
                      {"VerifyCAStore", dir.path()},
                      {"VerifyCAStore", "file:" + dir.path()}};
  for (std::size_t i = 0; i != ways.size(); ++i) {
    SCOPED_TRACE(ways[i].first + ' ' + ways[i].second);
    const std::string certificate = authority("Other").certificate();
    for (const std::string& file : {certificate, test_authority().crl()}) {
      const ssl_context server = ssl_context::server(with(server_, {ways[i]}));
      const ssl_session session = taken(server);
      server.reload();
      const visit_result same = back(session, server);
      EXPECT_TRUE(same.info.resumed);
      dir.write((file == certificate ? "0a1b2c3d." : "0a1b2c3d.r") + std::to_string(i), file);
      server.reload();
      EXPECT_FALSE(back(same.session, server).info.resumed) << file;
    }
  }
}

// It matters which of OpenSSL's two stores an authority is in: clients are verified with one.
TEST_P(resumption_scope, ends_where_authorities_change_places) {
  const temp_dir dir;
  const std::string path = dir.write("ca.pem", test_authority().certificate());
  const std::string other = authority("Other").certificate();
  context_options changed = with(server_, {{"VerifyCAFile", path}});
  changed.ca_certificates = pem_text(other);
  const ssl_session session = taken(ssl_context::server(changed));
  dir.write("ca.pem", other);
  changed.ca_certificates = pem_text(test_authority().certificate());
  EXPECT_FALSE(back(session, ssl_context::server(changed)).info.resumed);
}

pre_shared_key key_named(const std::string& identity, char fill) {
  return pre_shared_key{identity, std::string(32, fill)};
}

class psk_scope : public resumption_scope {
 protected:
  void SetUp() override {
    const std::string obstacle = obstacle_to_psk(GetParam());
    if (!obstacle.empty()) GTEST_SKIP() << obstacle;
  }

  psk_scope() {
    client_.psk = key_named("guest", 'g');
    client_.verify = verify_mode::none;
    server_.certificate = {};
    server_.key = {};
  }

  context_options server_with(const psk_source& psk) const {
    context_options o = server_;
    o.psk = psk;
    return o;
  }
};

INSTANTIATE_TEST_SUITE_P(, psk_scope, testing::Values(tls_version::tls1_2, tls_version::tls1_3),
                         [](const auto& p) { return to_string(p.param); });

TEST_P(psk_scope, is_a_key_that_is_given) {
  const context_options guests = server_with(key_named("guest", 'g'));
  EXPECT_TRUE(resumes(guests, guests));
  for (const pre_shared_key& other : {key_named("admin", 'g'), key_named("guest", 'a')}) {
    const ssl_context server = ssl_context::server(server_with(other));
    EXPECT_TRUE(visit(server, ssl_context::client(client_)).failed);
    EXPECT_FALSE(resumes(guests, server_with(other)));
  }
}

TEST_P(psk_scope, of_functions_is_apart_from_that_of_keys) {
  const auto function = [](const std::string&) { return std::string(32, 'g'); };
  EXPECT_TRUE(resumes(server_with(function), server_with(function)));
  EXPECT_FALSE(resumes(server_with(function), server_with(key_named("guest", 'g'))));
}

TEST_P(resumption_scope, of_a_client_does_not_reach_what_a_command_makes_it_refuse) {
  const authority root("Stranger");
  const issued credential = root.leaf();
  server_.certificate = pem_text(credential.certificate);
  server_.key = pem_text(credential.key);
  const ssl_context server = ssl_context::server(server_);
  client_.ca_certificates = pem_text(root.certificate());
  const ssl_session session = taken(server);

  const temp_dir dir;
  const std::string path = dir.write("ca.pem", test_authority().certificate());
  const ssl_context narrow = ssl_context::client(with(client_, {{"VerifyCAFile", path}}));
  EXPECT_EQ(visit(server, narrow).failed, ssl_errc::certificate_rejected);
  EXPECT_EQ(visit(server, narrow, with(session)).failed, ssl_errc::certificate_rejected);
}

TEST_P(resumption_scope, of_a_client_has_what_a_command_makes_it_trust) {
  const temp_dir dir;
  client_.ca_certificates = pem_text(authority("Other").certificate());
  client_.openssl_commands = {
      {"VerifyCAFile", dir.write("ca.pem", test_authority().certificate())}};
  EXPECT_TRUE(resumes(server_, server_));
}

// RFC 8446, C.4: an eavesdropper that sees a ticket twice knows that both connections are one client's.
TEST_P(resumption_scope, of_a_ticket_of_tls_1_3_is_one_connection) {
  const ssl_context server = ssl_context::server(server_);
  const ssl_session session = taken(server);
  descriptor_pair pair = socket_pair();
  bool resumed = false;
  task peer([&, fd = pair.b.release()] {
    ssl_server_stream s(fd, server);
    answer_one_line(s, resumed);
  });
  ssl_client_stream c(pair.a.release(), ssl_context::client(client_), with(session));
  c.do_handshake();
  EXPECT_TRUE(c.info().resumed);
  EXPECT_EQ(static_cast<bool>(c.session()), GetParam() == tls_version::tls1_2);
  std::string line;
  c << "hello" << std::endl;
  getline(c, line);
  EXPECT_TRUE(c.session());
  c.close();
}

}  // namespace
}  // namespace test
}  // namespace iostls
