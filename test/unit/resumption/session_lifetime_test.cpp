// SPDX-License-Identifier: Apache-2.0
// How long sessions last: no longer than what vouched for the peer, however often they are resumed.
#include <chrono>
#include <cstdio>
#include <map>
#include <string>

#include <gtest/gtest.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <iostls/iostls.hpp>

#include "algorithms.hpp"
#include "files.hpp"
#include "fixture.hpp"
#include "ocsp.hpp"
#include "pem.hpp"
#include "resumption/session.hpp"
#include "session_visit.hpp"
#include "shifted_clock.hpp"
#include "thrown.hpp"

namespace iostls {
namespace test {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

connection_options with(const ssl_session& session) {
  connection_options own;
  own.session = session;
  return own;
}

// As openssl-rehash(1) names it.
std::string hashed_name(const std::string& certificate, const char* ending) {
  char name[16];
  std::snprintf(name, sizeof name, "%08lx.%s",
                X509_subject_name_hash(certificate_from(certificate).get()), ending);
  return name;
}

validity for_the_next(seconds time) { return validity{hours(-1), time}; }

issued leaf_of(const authority& ca, seconds time = hours(24 * 30)) {
  leaf_options o;
  o.valid = for_the_next(time);
  return ca.leaf(o);
}

class session_lifetime : public testing::TestWithParam<tls_version> {
 protected:
  session_lifetime() : server_(server_options(GetParam())), client_(client_options()) {
    server_.ticket_keys = {ticket_key::random()};
  }

  // Both ends show what lasts for a month.
  void last_long() {
    const issued credential = leaf_of(month_);
    server_.certificate = client_.certificate = pem_text(credential.both());
    server_.key = {};
    server_.ca_certificates = client_.ca_certificates = pem_text(month_.certificate());
  }

  // Whether a client that comes back again and again, each time with its newest session, is resumed.
  void come_every(seconds interval, int times) {
    now_ += interval;
    const later then(now_);
    latest_ = visit(*at_, ssl_context::client(client_), with(latest_.session));
    if (times > 1) {
      EXPECT_FALSE(latest_.failed) << latest_.failed.message();
      EXPECT_TRUE(latest_.info.resumed) << times;
    }
  }
  bool is_resumed_after(seconds interval, int times) {
    at_ = std::make_unique<ssl_context>(ssl_context::server(server_));
    latest_ = visit(*at_, ssl_context::client(client_));
    EXPECT_FALSE(latest_.failed) << latest_.failed.message();
    now_ = seconds(0);
    for (int left = times; left != 0; --left) come_every(interval, left);
    return latest_.info.resumed;
  }

  context_options server_, client_;
  const authority month_{"Month", for_the_next(hours(24 * 30))};
  std::unique_ptr<ssl_context> at_;
  visit_result latest_;
  seconds now_{0};
};

INSTANTIATE_TEST_SUITE_P(, session_lifetime,
                         testing::Values(tls_version::tls1_2, tls_version::tls1_3),
                         [](const auto& p) { return to_string(p.param); });

TEST_P(session_lifetime, is_two_hours_however_often_it_is_resumed) {
  EXPECT_TRUE(is_resumed_after(minutes(29), 4));
  come_every(minutes(5), 1);
  EXPECT_FALSE(latest_.failed) << latest_.failed.message();
  EXPECT_FALSE(latest_.info.resumed);
  come_every(minutes(29), 2);  // the next session, of the full handshake
}

TEST_P(session_lifetime, is_what_the_option_says) {
  last_long();
  server_.session_lifetime = minutes(40);
  EXPECT_TRUE(is_resumed_after(minutes(13), 3));
  EXPECT_FALSE(is_resumed_after(minutes(13), 4));
  server_.session_lifetime = hours(7 * 24);
  EXPECT_TRUE(is_resumed_after(hours(24), 6));
  EXPECT_FALSE(is_resumed_after(hours(24), 7));
}

TEST_P(session_lifetime, is_the_shorter_one_of_two_servers) {
  last_long();
  server_.session_lifetime = hours(4);
  const visit_result first = visit(ssl_context::server(server_), ssl_context::client(client_));
  server_.session_lifetime = hours(1);
  const ssl_context strict = ssl_context::server(server_);
  EXPECT_TRUE(visit(strict, ssl_context::client(client_), with(first.session)).info.resumed);
  const ssl_session copy = ssl_session::from_bytes(first.session.to_bytes());
  const later then(minutes(61));
  EXPECT_FALSE(visit(strict, ssl_context::client(client_), with(copy)).info.resumed);
}

long hint(const visit_result& r) {
  return static_cast<long>(SSL_SESSION_get_ticket_lifetime_hint(r.session.state()->native()));
}

TEST_P(session_lifetime, is_told_to_the_client_as_what_is_left) {
  EXPECT_TRUE(is_resumed_after(minutes(30), 1));
  // TLS 1.2 sends it in full handshakes only.
  if (GetParam() == tls_version::tls1_3) {
    EXPECT_NEAR(hint(latest_), 90 * 60, 5);
  }
  server_.session_lifetime = hours(3);
  EXPECT_NEAR(hint(visit(ssl_context::server(server_), ssl_context::client(client_))), 3 * 3600, 5);
}

TEST_P(session_lifetime, is_told_to_end_with_the_clients_certificate) {
  server_.verify = verify_mode::required;
  server_.ca_certificates = pem_text(test_authority().certificate());
  client_.certificate = pem_text(leaf_of(test_authority(), minutes(20)).both());
  EXPECT_NEAR(hint(visit(ssl_context::server(server_), ssl_context::client(client_))), 20 * 60, 5);
}

TEST_P(session_lifetime, ends_with_the_clients_authority) {
  const authority root("Short", for_the_next(minutes(50)));
  server_.verify = verify_mode::required;
  server_.ca_certificates = pem_text(root.certificate());
  client_.certificate = pem_text(leaf_of(root).both());
  EXPECT_TRUE(is_resumed_after(minutes(24), 2));
  EXPECT_FALSE(is_resumed_after(minutes(24), 3));
  EXPECT_TRUE(latest_.failed);
}

TEST_P(session_lifetime, ends_with_an_intermediate_authority_of_the_client) {
  const authority between = test_authority().intermediate("Short", for_the_next(minutes(50)));
  server_.verify = verify_mode::required;
  server_.ca_certificates = pem_text(test_authority().certificate());
  client_.certificate = pem_text(leaf_of(between).both());
  EXPECT_TRUE(is_resumed_after(minutes(24), 2));
  EXPECT_FALSE(is_resumed_after(minutes(24), 3));
  EXPECT_TRUE(latest_.failed);
}

TEST_P(session_lifetime, ends_with_the_revocation_list) {
  server_.verify = verify_mode::required;
  server_.ca_certificates = pem_text(test_authority().certificate());
  server_.crl_file = pem_text(test_authority().crl({}, for_the_next(minutes(50))));
  client_.certificate = pem_text(localhost().both());
  EXPECT_TRUE(is_resumed_after(minutes(24), 2));
  EXPECT_FALSE(is_resumed_after(minutes(24), 3));
  EXPECT_TRUE(latest_.failed);
}

TEST_P(session_lifetime, ends_when_a_list_in_the_folder_has_the_clients_certificate) {
  const temp_dir dir;
  const std::string& ca = test_authority().certificate();
  dir.write(hashed_name(ca, "0"), ca);
  dir.write(hashed_name(ca, "r0"), test_authority().crl());
  server_.verify = verify_mode::required;
  server_.ca_directory = dir.path();
  server_.crl_check = crl_check_mode::leaf;
  client_.certificate = pem_text(localhost().both());
  EXPECT_TRUE(is_resumed_after(minutes(1), 2));
  // OpenSSL prefers the newer one.
  const later then(minutes(2));
  dir.write(hashed_name(ca, "r1"),
            test_authority().crl({localhost().certificate}, {seconds(0), hours(24)}));
  EXPECT_TRUE(visit(*at_, ssl_context::client(client_)).failed);
  EXPECT_TRUE(visit(*at_, ssl_context::client(client_), with(latest_.session)).failed);
}

TEST_P(session_lifetime, is_no_time_at_all_for_a_certificate_that_is_over) {
  leaf_options over;
  over.valid = validity{hours(-2), hours(-1)};
  server_.verify = verify_mode::required;
  server_.ca_certificates = pem_text(test_authority().certificate());
  server_.verify_callback = [](const verify_event&) { return true; };
  client_.certificate = pem_text(test_authority().leaf(over).both());
  EXPECT_FALSE(is_resumed_after(minutes(1), 1));
  EXPECT_FALSE(latest_.failed) << latest_.failed.message();
}

// A client with a long chain is verified in full each time: a ticket has no room for it.
TEST_P(session_lifetime, is_no_time_at_all_for_chains_that_no_ticket_holds) {
  std::string chain = localhost().certificate;
  for (int i = 0; i != 60; ++i) chain += test_authority().certificate();
  server_.verify = verify_mode::required;
  server_.ca_certificates = pem_text(test_authority().certificate());
  client_.certificate = pem_text(chain + localhost().key);
  EXPECT_FALSE(is_resumed_after(minutes(1), 1));
  EXPECT_FALSE(latest_.failed) << latest_.failed.message();
}

TEST_P(session_lifetime, is_no_time_at_all_for_a_large_certificate_with_a_chain) {
  leaf_options o;
  for (int i = 0; i != 1000; ++i) o.names.push_back(std::string(48, 'a') + std::to_string(i));
  std::string chain = test_authority().leaf(o).both();
  for (int i = 0; i != 35; ++i) chain += test_authority().certificate();
  server_.verify = verify_mode::required;
  server_.ca_certificates = pem_text(test_authority().certificate());
  client_.certificate = pem_text(chain);
  EXPECT_FALSE(is_resumed_after(minutes(1), 1));
  EXPECT_FALSE(latest_.failed) << latest_.failed.message();
}

class psk_lifetime : public session_lifetime {
 protected:
  void SetUp() override {
    const std::string obstacle = obstacle_to_psk(GetParam());
    if (!obstacle.empty()) GTEST_SKIP() << obstacle;
  }

  psk_lifetime() {
    keys_["guest"] = std::string(32, 'g');
    server_.psk = [this](const std::string& identity) {
      const auto found = keys_.find(identity);
      return found != keys_.end() ? found->second : std::string();
    };
    client_.psk = pre_shared_key{"guest", std::string(32, 'g')};
    client_.verify = verify_mode::none;
    server_.certificate = {};
    server_.key = {};
  }

  std::map<std::string, std::string> keys_;
};

INSTANTIATE_TEST_SUITE_P(, psk_lifetime, testing::Values(tls_version::tls1_2, tls_version::tls1_3),
                         [](const auto& p) { return to_string(p.param); });

TEST_P(psk_lifetime, is_two_hours_in_all) {
  EXPECT_TRUE(is_resumed_after(minutes(29), 4));
  EXPECT_FALSE(is_resumed_after(minutes(29), 5));
  EXPECT_FALSE(latest_.failed) << latest_.failed.message();
  EXPECT_EQ(latest_.info.psk_identity, "guest");
}

TEST_P(psk_lifetime, ends_when_the_function_has_forgotten_the_key) {
  EXPECT_TRUE(is_resumed_after(minutes(1), 2));
  keys_.clear();
  EXPECT_TRUE(visit(*at_, ssl_context::client(client_)).failed);
  EXPECT_TRUE(visit(*at_, ssl_context::client(client_), with(latest_.session)).failed);
}

TEST_P(psk_lifetime, ends_when_the_function_has_another_key) {
  EXPECT_TRUE(is_resumed_after(minutes(1), 2));
  keys_["guest"] = std::string(32, 'h');
  EXPECT_TRUE(visit(*at_, ssl_context::client(client_)).failed);
  EXPECT_TRUE(visit(*at_, ssl_context::client(client_), with(latest_.session)).failed);
}

TEST_P(psk_lifetime, does_not_stand_in_the_way_of_a_certificate) {
  server_.certificate = pem_text(localhost().both());
  EXPECT_TRUE(is_resumed_after(minutes(1), 2));
  keys_.clear();
  const visit_result next =
      visit(*at_, ssl_context::client(client_options()), with(latest_.session));
  EXPECT_FALSE(next.failed) << next.failed.message();
  EXPECT_FALSE(next.info.resumed);
}

TEST_P(psk_lifetime, ends_with_the_handshake_where_the_function_throws) {
  EXPECT_TRUE(is_resumed_after(minutes(1), 1));
  struct own_exception {};
  server_.psk = [](const std::string&) -> std::string { throw own_exception(); };
  const ssl_context broken = ssl_context::server(server_);
  descriptor_pair pair = socket_pair();
  task peer([&] {
    ssl_client_stream c(pair.a.release(), ssl_context::client(client_), with(latest_.session));
    EXPECT_THROW(c.do_handshake(), ssl_error);
  });
  ssl_server_stream s(pair.b.release(), broken);
  EXPECT_THROW(s.do_handshake(), own_exception);
}

class lifetime_at_a_client : public session_lifetime {};

INSTANTIATE_TEST_SUITE_P(, lifetime_at_a_client,
                         testing::Values(tls_version::tls1_2, tls_version::tls1_3),
                         [](const auto& p) { return to_string(p.param); });

TEST_P(lifetime_at_a_client, ends_with_the_servers_authority) {
  const authority root("Short", for_the_next(minutes(50)));
  server_.certificate = pem_text(leaf_of(root).both());
  server_.key = {};
  client_.ca_certificates = pem_text(root.certificate());
  EXPECT_TRUE(is_resumed_after(minutes(24), 2));
  EXPECT_FALSE(is_resumed_after(minutes(24), 3));
  EXPECT_EQ(latest_.verify_result, X509_V_ERR_CERT_HAS_EXPIRED);
}

// A server that begins anew with each ticket.
class careless_server {
 public:
  explicit careless_server(tls_version v, const std::string& credential) {
    peer_options o = server_peer(v);
    o.certificate = o.key = credential;
    o.tune = [](SSL_CTX* ctx) { SSL_CTX_set_timeout(ctx, 30L * 24 * 3600); };
    options_ = o;
    context_ = make_peer_context(o);
  }

  visit_result visit(const ssl_context& client, const ssl_session& session) const {
    visit_result result;
    descriptor_pair pair = socket_pair();
    tls_peer server(std::move(pair.a), options_, context_);
    task peer([&] {
      server.write(server.read_line());
      server.write("\n");
      server.sees_close_notify();
      server.close_notify();
      server.close();
    });
    ssl_client_stream c(pair.b.release(), client, with(session));
    std::string line;
    c << "hello" << std::endl;
    getline(c, line);
    result.info = c.info();
    result.session = c.session();
    c.close();
    return result;
  }

 private:
  peer_options options_;
  std::shared_ptr<SSL_CTX> context_;
};

TEST_P(lifetime_at_a_client, is_seven_days_whatever_the_server_says) {
  last_long();
  const careless_server server(GetParam(), leaf_of(month_).both());
  const ssl_context client = ssl_context::client(client_);
  for (const bool is_stored : {true, false}) {
    ssl_session session = server.visit(client, {}).session;
    for (int day = 3; day != 9; day += 3) {
      const later then(hours(24) * day);
      if (is_stored) session = ssl_session::from_bytes(session.to_bytes());
      const visit_result next = server.visit(client, session);
      EXPECT_TRUE(next.info.resumed) << day;
      session = next.session;
    }
    const later then(hours(24) * 8);
    EXPECT_FALSE(session) << is_stored;
    EXPECT_FALSE(server.visit(client, session).info.resumed) << is_stored;
  }
}

TEST_P(lifetime_at_a_client, is_seven_days_where_the_clock_was_wrong) {
  last_long();
  const ssl_context server = ssl_context::server(server_);
  const ssl_context client = ssl_context::client(client_);
  const auto session_of_another_time = [&](seconds by) {
    const later then(by);
    return visit(server, client).session;
  };
  EXPECT_TRUE(session_of_another_time(hours(1)));
  EXPECT_FALSE(session_of_another_time(hours(24 * 8)));
}

TEST(session_lifetime_option, is_refused_if_it_is_none_or_too_long) {
  for (const seconds wrong : {seconds(0), seconds(-1), seconds(7 * 24 * 3600 + 1)}) {
    context_options o = server_options();
    o.session_lifetime = wrong;
    const ssl_error e = thrown_by([&] { ssl_context::server(o); });
    EXPECT_EQ(e.code(), ssl_errc::bad_configuration);
    EXPECT_EQ(e.operation(), "session_lifetime");
    EXPECT_TRUE(mentions(e, std::to_string(wrong.count()))) << e.what();
  }
}

}  // namespace
}  // namespace test
}  // namespace iostls
