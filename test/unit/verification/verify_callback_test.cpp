// SPDX-License-Identifier: Apache-2.0
// verify_callback: a say of the program's own about certificates.
#include <atomic>
#include <mutex>
#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <openssl/x509.h>
#include <iostls/iostls.hpp>

#include "fixture.hpp"
#include "memory_handshake.hpp"
#include "session_visit.hpp"
#include "thrown.hpp"
#include "two_ends.hpp"

namespace iostls {
namespace test {
namespace {

struct own_exception : std::runtime_error {
  own_exception() : std::runtime_error("the list of guests is lost") {}
};

bool as_openssl(const verify_event& e) { return e.accepted; }
bool all(const verify_event&) { return true; }
bool nobody(const verify_event&) { return false; }
bool failing(const verify_event&) { throw own_exception(); }

verify_function only(long code) {
  return [code](const verify_event& e) { return e.accepted || e.code == code; };
}

context_options owning(context_options o, const issued& credential) {
  o.certificate = pem_text(credential.certificate);
  o.key = pem_text(credential.key);
  return o;
}

const issued& stranger() {
  static const issued instance = authority("Other").leaf();
  return instance;
}

// What a callback was told, as text: "1 CN=Root" or "0 CN=localhost: expired (10)".
class witness {
 public:
  explicit witness(verify_function f) : verdict_(std::move(f)) {}

  bool operator()(const verify_event& e) {
    std::string line = std::to_string(e.depth) + ' ' + e.certificate.subject();
    if (!e.accepted) line += ": " + e.text + " (" + std::to_string(e.code) + ')';
    EXPECT_EQ(e.accepted, e.code == X509_V_OK);
    EXPECT_EQ(e.accepted, e.text.empty());
    lines.push_back(line);
    names.push_back(e.server_name);
    return verdict_(e);
  }

  std::vector<std::string> lines, names;

 private:
  verify_function verdict_;
};

class verify_callback : public testing::TestWithParam<tls_version> {
 protected:
  ssl_context server(const issued& credential = localhost()) const {
    return ssl_context::server(owning(server_options(GetParam()), credential));
  }

  static ssl_context client(const verify_function& f) {
    context_options o = client_options();
    o.verify_callback = f;
    return ssl_context::client(o);
  }

  static end_report client_of(const ssl_context& server, const verify_function& f,
                              const connection_options& own = {}) {
    return complete_handshake(server, client(f), {}, own).client;
  }

  context_options judging_server(const verify_function& f) const {
    context_options o = server_options(GetParam());
    o.ca_certificates = pem_text(test_authority().certificate());
    o.verify = verify_mode::required;
    o.verify_callback = f;
    return o;
  }

  static ssl_context guest(const issued& credential) {
    return ssl_context::client(owning(client_options(), credential));
  }
};

INSTANTIATE_TEST_SUITE_P(, verify_callback,
                         testing::Values(tls_version::tls1_2, tls_version::tls1_3),
                         [](const auto& p) { return to_string(p.param); });

TEST_P(verify_callback, sees_each_certificate_from_the_root_down) {
  const issued deep = test_authority().intermediate().leaf();
  witness w(as_openssl);
  const end_report r = client_of(server(deep), std::ref(w));
  EXPECT_FALSE(r.failed) << r.what;
  EXPECT_TRUE(r.info.verified);
  EXPECT_EQ(w.lines, (std::vector<std::string>{"2 CN=Test Root", "1 CN=Test Intermediate",
                                               "0 CN=localhost"}));
  EXPECT_EQ(w.names, std::vector<std::string>(3, "localhost"));
}

TEST_P(verify_callback, of_a_server_sees_the_clients_certificates) {
  witness w(as_openssl);
  const both_reports r =
      complete_handshake(ssl_context::server(judging_server(std::ref(w))), guest(localhost()));
  EXPECT_FALSE(r.server.failed) << r.server.what;
  EXPECT_TRUE(r.server.info.verified);
  EXPECT_EQ(w.lines, (std::vector<std::string>{"1 CN=Test Root", "0 CN=localhost"}));
  EXPECT_EQ(w.names, std::vector<std::string>(2, "localhost"));
}

TEST_P(verify_callback, that_agrees_with_openssl_changes_nothing) {
  const end_report r = client_of(server(stranger()), as_openssl);
  EXPECT_EQ(r.failed, ssl_errc::certificate_rejected);
  EXPECT_NE(r.what.find("(verify result 20)"), std::string::npos) << r.what;
  EXPECT_EQ(r.what.find("verify_callback"), std::string::npos) << r.what;
}

TEST_P(verify_callback, may_refuse_what_openssl_accepts) {
  for (const int depth : {0, 1}) {
    const auto f = [depth](const verify_event& e) { return e.depth != depth; };
    const end_report r = client_of(server(), f);
    EXPECT_EQ(r.failed, ssl_errc::certificate_rejected);
    EXPECT_NE(r.what.find("(verify result 50)"), std::string::npos) << r.what;
    EXPECT_NE(r.what.find("verify_callback has refused CN="), std::string::npos) << r.what;
  }
  const both_reports r =
      complete_handshake(ssl_context::server(judging_server(nobody)), guest(localhost()));
  EXPECT_EQ(r.server.failed, ssl_errc::certificate_rejected);
  EXPECT_NE(r.server.what.find("(verify result 50)"), std::string::npos) << r.server.what;
}

TEST_P(verify_callback, may_accept_what_openssl_refuses_and_that_is_told) {
  const end_report r = client_of(server(stranger()), all);
  EXPECT_FALSE(r.failed) << r.what;
  EXPECT_FALSE(r.info.verified);
  EXPECT_NE(r.info.verify_result, X509_V_OK);
  EXPECT_FALSE(r.info.verify_result_string.empty());

  const both_reports b =
      complete_handshake(ssl_context::server(judging_server(all)), guest(stranger()));
  EXPECT_FALSE(b.server.failed) << b.server.what;
  EXPECT_FALSE(b.server.info.verified);
  EXPECT_NE(b.server.info.verify_result, X509_V_OK);
}

TEST_P(verify_callback, may_accept_another_host_name) {
  for (const auto& host : {"elsewhere.example", "192.0.2.1"}) {
    const bool is_name = host[0] == 'e';
    const long code = is_name ? X509_V_ERR_HOSTNAME_MISMATCH : X509_V_ERR_IP_ADDRESS_MISMATCH;
    const long other = is_name ? X509_V_ERR_IP_ADDRESS_MISMATCH : X509_V_ERR_HOSTNAME_MISMATCH;
    connection_options own;
    own.server_name = host;
    witness w(only(code));
    const end_report r = client_of(server(), std::ref(w), own);
    EXPECT_FALSE(r.failed) << r.what;
    EXPECT_FALSE(r.info.verified);
    EXPECT_EQ(r.info.verify_result, code);
    EXPECT_EQ(w.names.at(0), host);
    EXPECT_EQ(client_of(server(), only(other), own).failed, ssl_errc::certificate_rejected);
  }
}

TEST_P(verify_callback, that_accepts_one_error_has_not_accepted_the_others) {
  leaf_options expired;
  expired.valid = {std::chrono::hours(-2), std::chrono::hours(-1)};
  const ssl_context old = server(test_authority().leaf(expired));
  connection_options own;
  EXPECT_FALSE(client_of(old, only(X509_V_ERR_CERT_HAS_EXPIRED), own).failed);
  own.server_name = "elsewhere.example";
  EXPECT_EQ(client_of(old, only(X509_V_ERR_CERT_HAS_EXPIRED), own).failed,
            ssl_errc::certificate_rejected);
  EXPECT_EQ(client_of(old, only(X509_V_ERR_HOSTNAME_MISMATCH), own).failed,
            ssl_errc::certificate_rejected);
}

TEST_P(verify_callback, does_not_replace_pins) {
  connection_options own;
  own.pinned_public_keys = {"sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="};
  const end_report r = client_of(server(), all, own);
  EXPECT_EQ(r.failed, ssl_errc::certificate_rejected);
  EXPECT_NE(r.what.find("pinned_public_keys"), std::string::npos) << r.what;
}

TEST_P(verify_callback, of_a_client_that_goes_on_in_any_case_decides_what_is_told) {
  connection_options own;
  own.verify = verify_mode::optional;
  const end_report refused = client_of(server(), nobody, own);
  EXPECT_FALSE(refused.failed) << refused.what;
  EXPECT_FALSE(refused.info.verified);
  EXPECT_EQ(refused.info.verify_result, X509_V_ERR_APPLICATION_VERIFICATION);
  EXPECT_TRUE(client_of(server(), as_openssl, own).info.verified);
  EXPECT_THROW(client_of(server(), failing, own), own_exception);
}

TEST_P(verify_callback, is_not_called_where_nobody_is_judged) {
  witness w(nobody);
  connection_options own;
  own.verify = verify_mode::none;
  EXPECT_FALSE(client_of(server(), std::ref(w), own).failed);

  context_options o = judging_server(std::ref(w));
  o.verify = verify_mode::optional;
  const ssl_context anonymous = ssl_context::client(client_options());
  EXPECT_FALSE(complete_handshake(ssl_context::server(o), anonymous).server.failed);
  EXPECT_FALSE(complete_handshake(ssl_context::server(o), guest(stranger()), own).server.failed);
  EXPECT_TRUE(w.lines.empty()) << w.lines.front();
}

TEST_P(verify_callback, of_a_context_serves_a_connection_that_verifies) {
  context_options o = judging_server(nobody);
  o.verify.reset();
  connection_options own;
  own.verify = verify_mode::required;
  const ssl_context context = ssl_context::server(o);
  EXPECT_FALSE(complete_handshake(context, guest(localhost())).server.failed);
  EXPECT_EQ(complete_handshake(context, guest(localhost()), own).server.failed,
            ssl_errc::certificate_rejected);
}

TEST_P(verify_callback, that_throws_ends_a_clients_handshake) {
  descriptor_pair pair = socket_pair();
  task beside([&, context = server()] {
    EXPECT_TRUE(complete_handshake<ssl_server_stream>(std::move(pair.a), context, {}).failed);
  });
  ssl_client_stream s(pair.b.get(), client(failing));
  pair.b.release();
  EXPECT_THROW(s.do_handshake(), own_exception);
  EXPECT_EQ(s.error(), ssl_errc::handshake_failed);
  ASSERT_NE(s.last_error(), nullptr);
  EXPECT_TRUE(mentions(*s.last_error(), "the list of guests is lost")) << s.last_error()->what();
}

TEST_P(verify_callback, that_throws_ends_a_servers_handshake) {
  descriptor_pair pair = socket_pair();
  task beside(
      [&] { complete_handshake<ssl_client_stream>(std::move(pair.a), guest(localhost()), {}); });
  ssl_server_stream s(pair.b.get(), ssl_context::server(judging_server(failing)));
  pair.b.release();
  EXPECT_THROW(s.info(), own_exception);
  s.clear();
  std::string line;
  EXPECT_FALSE(getline(s, line));
  EXPECT_EQ(s.error(), ssl_errc::handshake_failed);
}

TEST_P(verify_callback, may_throw_anything) {
  descriptor_pair pair = socket_pair();
  task beside([&, context = server()] {
    complete_handshake<ssl_server_stream>(std::move(pair.a), context, {});
  });
  ssl_client_stream s(pair.b.get(), client([](const verify_event&) -> bool { throw 5; }));
  pair.b.release();
  EXPECT_THROW(s.do_handshake(), int);
  EXPECT_EQ(s.error(), ssl_errc::handshake_failed);
}

TEST_P(verify_callback, is_asked_again_before_a_session_is_resumed) {
  const ssl_context at = server();
  connection_options own;
  own.session = visit(at, client(as_openssl)).session;
  witness w(as_openssl);
  const visit_result again = visit(at, client(std::ref(w)), own);
  EXPECT_TRUE(again.info.resumed);
  EXPECT_EQ(w.lines, (std::vector<std::string>{"1 CN=Test Root", "0 CN=localhost"}));

  own.session = again.session;
  const visit_result refused = visit(at, client(nobody), own);
  EXPECT_EQ(refused.failed, ssl_errc::certificate_rejected);
}

TEST_P(verify_callback, that_throws_before_a_session_is_resumed_ends_the_handshake) {
  const ssl_context at = server();
  connection_options own;
  own.session = visit(at, client(as_openssl)).session;
  std::atomic<int> calls{0};
  const visit_result r = visit(at, client([&](const verify_event&) -> bool {
                                 ++calls;
                                 throw own_exception();
                               }),
                               own);
  EXPECT_EQ(r.failed, ssl_errc::handshake_failed);
  EXPECT_EQ(calls, 1);
}

TEST_P(verify_callback, that_accepted_a_server_does_so_for_its_own_context_only) {
  const ssl_context at = server(stranger());
  connection_options own;
  own.session = visit(at, client(all)).session;
  const visit_result again = visit(at, client(all), own);
  EXPECT_TRUE(again.info.resumed);
  EXPECT_FALSE(again.info.verified);
  EXPECT_NE(again.info.verify_result, X509_V_OK);

  own.session = again.session;
  const visit_result strict = visit(at, ssl_context::client(client_options()), own);
  EXPECT_EQ(strict.failed, ssl_errc::certificate_rejected);
}

TEST_P(verify_callback, that_accepted_another_name_does_so_for_resumed_sessions_too) {
  const ssl_context at = server();
  const ssl_context lax = client(only(X509_V_ERR_HOSTNAME_MISMATCH));
  connection_options own;
  own.server_name = "elsewhere.example";
  own.session = visit(at, lax, own).session;
  const visit_result again = visit(at, lax, own);
  EXPECT_FALSE(again.failed) << again.failed.message();
  EXPECT_TRUE(again.info.resumed);
  EXPECT_EQ(again.info.verify_result, X509_V_ERR_HOSTNAME_MISMATCH);
}

// Whether the second visit was resumed; -1 if it was refused.
int second_visit(const ssl_context& first, const ssl_context& second, const ssl_context& client) {
  memory_handshake one(first, client);
  EXPECT_TRUE(one.run());
  memory_handshake two(second, client);
  SSL_set_session(two.client(), one.session().get());
  return two.run() ? SSL_session_reused(two.server()) : -1;
}

TEST_P(verify_callback, of_a_server_is_asked_at_each_visit) {
  const ssl_context client = guest(localhost());
  const auto with = [this](const verify_function& f) {
    context_options o = judging_server(f);
    o.ticket_keys = {ticket_key::from_bytes(std::string(80, 'k'))};
    return ssl_context::server(o);
  };
  std::atomic<bool> welcome{true};
  const ssl_context server = with([&](const verify_event&) { return welcome.load(); });
  EXPECT_EQ(second_visit(server, server, client), 0);
  EXPECT_EQ(second_visit(with(nullptr), with(nullptr), client), 1);
  EXPECT_EQ(second_visit(with(all), with(nullptr), client), 0);
  EXPECT_EQ(second_visit(with(nullptr), with(nobody), client), -1);
  EXPECT_EQ(second_visit(with(all), with(nobody), client), -1);
  EXPECT_EQ(second_visit(with(all), with(nullptr), guest(localhost())), 0);

  memory_handshake one(server, client);
  ASSERT_TRUE(one.run());
  welcome = false;
  memory_handshake two(server, client);
  SSL_set_session(two.client(), one.session().get());
  EXPECT_FALSE(two.run());
}

TEST_P(verify_callback, of_a_server_leaves_sessions_without_certificates_alone) {
  context_options o = judging_server(nobody);
  o.verify = verify_mode::optional;
  const ssl_context server = ssl_context::server(o);
  EXPECT_EQ(second_visit(server, server, ssl_context::client(client_options())), 1);
}

TEST_P(verify_callback, is_called_by_several_threads_at_once) {
  std::atomic<int> calls{0};
  const ssl_context at = server();
  const ssl_context c = client([&](const verify_event& e) {
    ++calls;
    return e.accepted;
  });
  const auto meet = [&] {
    for (int i = 0; i != 10; ++i) EXPECT_FALSE(complete_handshake(at, c).client.failed);
  };
  { task one(meet), two(meet), three(meet); }
  EXPECT_EQ(calls, 3 * 10 * 2);
}

}  // namespace
}  // namespace test
}  // namespace iostls
