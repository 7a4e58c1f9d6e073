// SPDX-License-Identifier: Apache-2.0
// Sessions that a client takes from one connection to another.
#include <ctime>
#include <string>
#include <utility>

#include <gtest/gtest.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <iostls/iostls.hpp>

#include "algorithms.hpp"
#include "fixture.hpp"
#include "resumption/session.hpp"
#include "session_visit.hpp"
#include "thrown.hpp"

namespace iostls {
namespace test {
namespace {

connection_options with(const ssl_session& session) {
  connection_options own;
  own.session = session;
  return own;
}

class session : public testing::TestWithParam<tls_version> {
 protected:
  session()
      : server_(ssl_context::server(server_options(GetParam()))),
        client_(ssl_context::client(client_options())) {}

  bool single_use() const { return GetParam() == tls_version::tls1_3; }

  ssl_session taken() const {
    visit_result first = visit(server_, client_);
    EXPECT_FALSE(first.failed) << first.failed.message();
    EXPECT_FALSE(first.info.resumed);
    EXPECT_TRUE(first.session);
    return first.session;
  }

  // Whether a connection resumes the session; it must work in any case.
  bool resumes(const ssl_session& s, const ssl_context& client, connection_options own = {}) const {
    own.session = s;
    const visit_result second = visit(server_, client, own);
    EXPECT_FALSE(second.failed) << second.failed.message();
    EXPECT_TRUE(second.server_agrees);
    return second.info.resumed;
  }
  bool resumes(const ssl_session& s) const { return resumes(s, client_); }

  ssl_context server_, client_;
};

INSTANTIATE_TEST_SUITE_P(, session, testing::Values(tls_version::tls1_2, tls_version::tls1_3),
                         [](const auto& p) { return to_string(p.param); });

TEST_P(session, is_resumed_by_a_later_connection) {
  const visit_result second = visit(server_, client_, with(taken()));
  EXPECT_TRUE(second.info.resumed);
  EXPECT_TRUE(second.server_agrees);
  EXPECT_TRUE(second.info.verified);
  EXPECT_TRUE(second.session);
}

TEST(session_of_old, tells_its_version_and_is_resumed) {
  if (lacks("MD5-SHA1")) GTEST_SKIP() << "no provider has what these versions hash with";
  for (const auto& [version, name] :
       {std::pair(tls_version::tls1_0, "TLSv1"), std::pair(tls_version::tls1_1, "TLSv1.1")}) {
    context_options server = server_options(version), client = client_options(version);
    server.ciphers = client.ciphers = "ALL:@SECLEVEL=0";
    const ssl_context at_server = ssl_context::server(server);
    const ssl_context at_client = ssl_context::client(client);
    const visit_result first = visit(at_server, at_client);
    ASSERT_FALSE(first.failed) << first.failed.message();
    EXPECT_EQ(first.session.protocol(), name);
    const ssl_session again = ssl_session::from_bytes(first.session.to_bytes());
    EXPECT_EQ(again.protocol(), name);
    EXPECT_TRUE(visit(at_server, at_client, with(again)).info.resumed);
  }
}

TEST_P(session, tells_what_it_is_for) {
  const ssl_session s = taken();
  EXPECT_EQ(s.server_name(), "localhost");
  EXPECT_EQ(s.protocol(), single_use() ? "TLSv1.3" : "TLSv1.2");
}

TEST_P(session, of_tls_1_3_is_used_once_whatever_the_copy) {
  const ssl_session s = taken();
  const ssl_session copy = s;
  EXPECT_TRUE(resumes(s));
  EXPECT_EQ(static_cast<bool>(copy), !single_use());
  EXPECT_EQ(resumes(copy), !single_use());
}

// RFC 8446, C.4, lets a program decide to be recognised: an FTPS server wants to see the session of the
// control connection again, with each file.
TEST_P(session, is_had_as_often_as_the_stream_is_asked_for_it) {
  descriptor_pair pair = socket_pair();
  task peer([&] {
    bool resumed = false;
    ssl_server_stream s(pair.b.release(), server_);
    answer_one_line(s, resumed);
  });
  ssl_client_stream control(pair.a.release(), client_);
  std::string line;
  control << "hello" << std::endl;
  getline(control, line);
  for (int i = 0; i != 3; ++i) {
    const ssl_session s = control.session();
    EXPECT_TRUE(resumes(s));
    EXPECT_EQ(resumes(s), !single_use());
  }
  const std::string bytes = control.session().to_bytes();
  for (int i = 0; i != 3; ++i) EXPECT_TRUE(resumes(ssl_session::from_bytes(bytes)));
  control.close();
}

TEST_P(session, goes_on_from_connection_to_connection) {
  ssl_session s = taken();
  for (int i = 0; i != 5; ++i) {
    const visit_result next = visit(server_, client_, with(s));
    EXPECT_TRUE(next.info.resumed);
    s = next.session;
  }
}

TEST_P(session, may_be_given_to_a_context) {
  context_options o = client_options();
  o.session = taken();
  EXPECT_TRUE(visit(server_, ssl_context::client(o)).info.resumed);
}

TEST_P(session, that_is_empty_does_nothing) { EXPECT_FALSE(resumes(ssl_session())); }

TEST_P(session, that_has_expired_is_not_offered) {
  const ssl_session s = taken();
  SSL_SESSION* const native = s.state()->native();
  const auto long_ago = std::time(nullptr) - SSL_SESSION_get_timeout(native) - 9;
#if OPENSSL_VERSION_NUMBER >= 0x30300000L
  SSL_SESSION_set_time_ex(native, long_ago);
#else
  SSL_SESSION_set_time(native, long_ago);
#endif
  EXPECT_FALSE(s);
  EXPECT_FALSE(resumes(s));
}

TEST_P(session, of_another_version_is_not_resumed) {
  const ssl_session s = taken();
  const tls_version other = single_use() ? tls_version::tls1_2 : tls_version::tls1_3;
  const ssl_context server = ssl_context::server(server_options(other));
  const visit_result second = visit(server, client_, with(s));
  EXPECT_FALSE(second.failed) << second.failed.message();
  EXPECT_FALSE(second.info.resumed);
}

TEST_P(session, that_the_server_does_not_know_is_not_resumed) {
  const ssl_session s = taken();
  const ssl_context other = ssl_context::server(server_options(GetParam()));
  const visit_result second = visit(other, client_, with(s));
  EXPECT_FALSE(second.failed) << second.failed.message();
  EXPECT_FALSE(second.info.resumed);
}

TEST_P(session, of_another_server_name_is_not_offered) {
  connection_options own;
  own.server_name = "127.0.0.1";
  EXPECT_FALSE(resumes(taken(), client_, own));
  own.server_name = "LOCALHOST";
  EXPECT_TRUE(resumes(taken(), client_, own));
}

TEST_P(session, of_an_unverified_server_does_not_pass_a_verification) {
  context_options o = server_options(GetParam());
  const issued stranger = authority("Stranger").leaf();
  o.certificate = pem_text(stranger.certificate);
  o.key = pem_text(stranger.key);
  server_ = ssl_context::server(o);
  connection_options lax;
  lax.verify = verify_mode::none;
  const visit_result first = visit(server_, client_, lax);
  ASSERT_TRUE(first.session);

  lax.session = first.session;
  EXPECT_TRUE(visit(server_, client_, lax).info.resumed);
  const ssl_session again = visit(server_, client_, lax).session;
  const visit_result strict = visit(server_, client_, with(again));
  EXPECT_EQ(strict.failed, ssl_errc::certificate_rejected);
  EXPECT_EQ(strict.verify_result, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY);

  connection_options tolerant = with(visit(server_, client_, lax).session);
  tolerant.verify = verify_mode::optional;
  const visit_result optional = visit(server_, client_, tolerant);
  EXPECT_TRUE(optional.info.resumed);
  EXPECT_FALSE(optional.info.verified);
  EXPECT_EQ(optional.info.verify_result, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY);
}

TEST_P(session, made_without_verification_is_verified_when_it_is_resumed) {
  connection_options lax;
  lax.verify = verify_mode::none;
  const visit_result second = visit(server_, client_, with(visit(server_, client_, lax).session));
  EXPECT_TRUE(second.info.resumed);
  EXPECT_TRUE(second.info.verified);
}

TEST_P(session, made_under_a_name_that_nobody_checked_is_not_offered_for_it) {
  connection_options lax;
  lax.verify = verify_mode::none;
  lax.server_name = "elsewhere.example";
  connection_options strict = with(visit(server_, client_, lax).session);
  strict.server_name = "elsewhere.example";
  const visit_result second = visit(server_, client_, strict);
  EXPECT_EQ(second.failed, ssl_errc::certificate_rejected);
  EXPECT_EQ(second.verify_result, X509_V_ERR_HOSTNAME_MISMATCH);
}

TEST_P(session, does_not_pass_the_trust_of_another_context) {
  context_options o = client_options();
  o.ca_certificates = pem_text(authority("Other").certificate());
  const visit_result second = visit(server_, ssl_context::client(o), with(taken()));
  EXPECT_EQ(second.failed, ssl_errc::certificate_rejected);
}

TEST_P(session, of_a_server_that_was_revoked_since_is_not_resumed) {
  context_options o = client_options();
  o.crl_file = pem_text(test_authority().crl({localhost().certificate}));
  const visit_result second = visit(server_, ssl_context::client(o), with(taken()));
  EXPECT_EQ(second.failed, ssl_errc::certificate_rejected);
  EXPECT_EQ(second.verify_result, X509_V_ERR_CERT_REVOKED);
}

TEST_P(session, of_another_client_is_not_offered) {
  context_options o = client_options();
  o.certificate = pem_text(localhost().certificate);
  o.key = pem_text(localhost().key);
  EXPECT_FALSE(resumes(taken(), ssl_context::client(o)));
}

TEST_P(session, whose_cipher_is_off_is_not_offered) {
  connection_options own;
  own.ciphers = "ECDHE-ECDSA-AES128-GCM-SHA256";
  own.ciphersuites = "TLS_AES_128_GCM_SHA256";
  EXPECT_FALSE(resumes(taken(), client_, own));
}

TEST_P(session, is_empty_on_a_server) {
  descriptor_pair pair = socket_pair();
  task peer([&] {
    ssl_client_stream c(pair.a.release(), client_);
    c << "hello" << std::endl;
  });
  ssl_server_stream s(pair.b.release(), server_);
  std::string line;
  getline(s, line);
  EXPECT_FALSE(s.session());
}

TEST_P(session, is_empty_where_the_server_gives_no_tickets) {
  context_options o = server_options(GetParam());
  o.session_tickets = false;
  EXPECT_FALSE(visit(ssl_context::server(o), client_).session);
}

TEST_P(session, may_be_taken_after_the_end) {
  descriptor_pair pair = socket_pair();
  task peer([&] {
    ssl_server_stream s(pair.b.release(), server_);
    s << "hello" << std::endl;
  });
  ssl_client_stream c(pair.a.release(), client_);
  std::string line;
  while (getline(c, line)) continue;
  c.close();
  EXPECT_TRUE(resumes(c.session()));
}

TEST_P(session, of_a_connection_that_was_cut_is_good) {
  ssl_session s;
  {
    descriptor_pair pair = socket_pair();
    tls_peer server(std::move(pair.a), server_peer(GetParam()));
    task peer([&] {
      server.write("hello\n");
      server.read_line();
      server.close();
    });
    ssl_client_stream c(pair.b.release(), client_);
    std::string line;
    getline(c, line);
    s = c.session();
    c << "bye" << std::endl;
    while (getline(c, line)) continue;
    EXPECT_TRUE(c.bad());
  }
  EXPECT_TRUE(s);
}

TEST_P(session, is_resumed_after_a_detour_through_bytes) {
  const std::string bytes = taken().to_bytes();
  const ssl_session s = ssl_session::from_bytes(bytes);
  EXPECT_TRUE(s);
  EXPECT_EQ(s.server_name(), "localhost");
  EXPECT_EQ(s.to_bytes(), bytes);
  EXPECT_TRUE(resumes(s));
}

TEST_P(session, has_the_whole_chain_in_its_bytes) {
  const issued credential = test_authority().intermediate().leaf();
  context_options o = server_options(GetParam());
  o.certificate = pem_text(credential.certificate);
  o.key = pem_text(credential.key);
  server_ = ssl_context::server(o);
  ssl_session s = ssl_session::from_bytes(taken().to_bytes());
  for (int i = 0; i != 2; ++i) {
    const visit_result next = visit(server_, client_, with(s));
    EXPECT_TRUE(next.info.resumed);
    EXPECT_TRUE(next.info.verified);
    s = ssl_session::from_bytes(next.session.to_bytes());
  }
}

void expect_refused(const std::string& bytes) {
  const ssl_error e = thrown_by([&] { ssl_session::from_bytes(bytes); });
  EXPECT_EQ(e.code(), ssl_errc::bad_credentials);
  EXPECT_EQ(e.operation(), "session");
}

TEST_P(session, of_bytes_that_were_cut_is_refused) {
  const issued credential = test_authority().intermediate().leaf();
  context_options o = server_options(GetParam());
  o.certificate = pem_text(credential.certificate);
  o.key = pem_text(credential.key);
  server_ = ssl_context::server(o);
  const std::string bytes = taken().to_bytes();
  // Where the last certificate begins, the bytes are whole without it.
  int whole = 0;
  for (std::size_t size = 1; size < bytes.size(); ++size) {
    try {
      ssl_session::from_bytes(bytes.substr(0, size));
      ++whole;
    } catch (const ssl_error& e) {
      EXPECT_EQ(e.code(), ssl_errc::bad_credentials);
    }
  }
  EXPECT_EQ(whole, 1);
}

TEST_P(session, of_bytes_that_were_changed_is_refused_or_harmless) {
  const std::string bytes = taken().to_bytes();
  for (std::size_t i = 0; i != bytes.size(); ++i) {
    std::string changed = bytes;
    changed[i] = static_cast<char>(changed[i] ^ 0x81);
    try {
      const ssl_session s = ssl_session::from_bytes(changed);
      if (i % 16 == 0) visit(server_, client_, with(s));
    } catch (const ssl_error& e) {
      EXPECT_EQ(e.code(), ssl_errc::bad_credentials);
    }
  }
}

TEST(session_bytes, that_are_none_make_an_empty_session) {
  EXPECT_FALSE(ssl_session::from_bytes(""));
  EXPECT_EQ(ssl_session().to_bytes(), "");
  EXPECT_EQ(ssl_session().server_name(), "");
  EXPECT_EQ(ssl_session().protocol(), "");
}

TEST(session_bytes, that_are_something_else_are_refused) {
  expect_refused("garbage");
  expect_refused(std::string("iostls\0\1", 8));
  expect_refused(std::string("iostls\0\1", 8) + std::string(4096, '\xff'));
  expect_refused(std::string(100, '\0'));
}

TEST(session_option, is_refused_by_a_server) {
  connection_options own;
  own.session = ssl_session();
  descriptor_pair pair = socket_pair();
  const ssl_context context = ssl_context::server(server_options());
  const ssl_error e = thrown_by([&] { ssl_server_stream(pair.a.get(), context, own); });
  EXPECT_EQ(e.code(), ssl_errc::bad_configuration);
  EXPECT_EQ(e.operation(), "session");
}

TEST(session_of_a_stream, that_was_never_opened_is_an_error) {
  ssl_client_stream c;
  EXPECT_EQ(thrown_by([&] { c.session(); }).code(), ssl_errc::closed);
  EXPECT_TRUE(c.bad());
}

}  // namespace
}  // namespace test
}  // namespace iostls
