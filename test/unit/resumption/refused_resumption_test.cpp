// SPDX-License-Identifier: Apache-2.0
// A peer that a full handshake would refuse is refused where a session is resumed, too: for each option,
// at both ends, in both versions, with sessions of the program and of the context's cache, whatever has
// changed between two visits. An option whose rule is not
// `session_rule::indifferent` needs a row in refused_resumption_rows.hpp.
#include <memory>
#include <set>
#include <string>
#include <tuple>

#include <gtest/gtest.h>
#include <iostls/iostls.hpp>

#include "fixture.hpp"
#include "options/option_list.hpp"
#include "refused_resumption_rows.hpp"
#include "session_visit.hpp"
#include "shifted_clock.hpp"

namespace iostls {
namespace test {
namespace {

class refused_resumption : public testing::TestWithParam<std::tuple<tls_version, role, bool, row>> {
 protected:
  refused_resumption()
      : now_{std::get<1>(GetParam()), std::get<0>(GetParam()), server_options(), client_options()} {
    if (now_.judging == role::client) std::swap(now_.judge, now_.judged);
    for (context_options* end : {&now_.judge, &now_.judged}) {
      identify(*end, localhost());
      trust(*end, ca());
    }
    server().method = tls_method{now_.version, now_.version};
    server().verify = now_.judging == role::server ? verify_mode::required : verify_mode::none;
    server().ticket_keys = {ticket_key::random()};
    if (has_cache()) client().session_cache = 10;
  }

  bool has_cache() const { return std::get<2>(GetParam()); }
  const row& changed() const { return std::get<3>(GetParam()); }
  context_options& server() { return now_.judging == role::server ? now_.judge : now_.judged; }
  context_options& client() { return now_.judging == role::client ? now_.judge : now_.judged; }

  void make_contexts() {
    at_server_ = std::make_unique<ssl_context>(ssl_context::server(server()));
    at_client_ = std::make_unique<ssl_context>(ssl_context::client(client()));
  }

  descriptor_pair connected() {
    descriptor_pair pair;
    pair.a = descriptor(connect_tcp("127.0.0.1", std::to_string(port_.port()),
                                    std::chrono::steady_clock::now() + seconds(10)));
    pair.b = descriptor(port_.accept());
    return pair;
  }

  visit_result come(const ssl_session& session = {}) {
    connection_options at_client = client_own_;
    at_client.session = session;
    return visit(*at_server_, *at_client_, at_client, connected(), server_own_);
  }

  // Whether what has changed leaves the contexts as they are.
  bool keeps_contexts() const {
    return changed().kind != change_of::context && (has_cache() || changed().passed.count() != 0 ||
                                                    changed().kind == change_of::surroundings);
  }

  void change() {
    changed().change(now_);
    if (!keeps_contexts()) return make_contexts();
    if (changed().kind != change_of::connection) return;
    scene alone{now_.judging, now_.version, {}, {}};
    changed().change(alone);
    (now_.judging == role::server ? server_own_ : client_own_) = alone.judge;
  }

  scene now_;
  std::unique_ptr<ssl_context> at_server_, at_client_;
  connection_options server_own_, client_own_;
  tcp_listener port_{"127.0.0.1", "0"};
};

INSTANTIATE_TEST_SUITE_P(, refused_resumption,
                         testing::Combine(testing::Values(tls_version::tls1_2, tls_version::tls1_3),
                                          testing::Values(role::server, role::client),
                                          testing::Bool(), testing::ValuesIn(rows)),
                         [](const auto& p) {
                           std::string name = to_string(std::get<0>(p.param)) + '_' +
                                              to_string(std::get<1>(p.param)) +
                                              (std::get<2>(p.param) ? "_cache_" : "_") +
                                              std::get<3>(p.param).what + '_' +
                                              std::to_string(p.index);
                           for (char& c : name) {
                             if (c == ' ' || c == ',') c = '_';
                           }
                           return name;
                         });

TEST_P(refused_resumption, is_what_a_full_handshake_would_meet_with) {
  if (changed().applies && !changed().applies(now_)) return;
  const std::string obstacle = changed().obstacle ? changed().obstacle(now_) : std::string();
  if (!obstacle.empty()) GTEST_SKIP() << obstacle;
  changed().before(now_);
  make_contexts();
  const visit_result first = come();
  ASSERT_FALSE(first.failed) << first.failed.message();
  const visit_result second = come(has_cache() ? ssl_session() : first.session);
  ASSERT_FALSE(second.failed) << second.failed.message();
  EXPECT_TRUE(second.info.resumed) << "else the rest proves nothing";

  // A client's context with other options has nothing in its cache: so it is the server's that changes.
  const later then(changed().passed);
  change();
  EXPECT_TRUE(come(has_cache() ? ssl_session() : second.session).failed) << "resumed";
  EXPECT_TRUE(come().failed) << "in full";
}

// Of the others nobody is let in, or kept out.
TEST(rows_of_refused_resumption, are_there_for_each_option_that_decides_about_peers) {
  std::set<std::string> known;
  for (const row& r : rows) known.insert(r.what);
  const auto check = [&](const auto& option) {
    const bool decides = option.rule != detail::session_rule::indifferent;
    EXPECT_EQ(known.count(option.name) != 0, decides) << option.name;
  };
  detail::for_each_connection_option(check);
  detail::for_each_context_option(check);
}

}  // namespace
}  // namespace test
}  // namespace iostls
