// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <iostls/iostls.hpp>

#include "fixture.hpp"
#include "memory_handshake.hpp"
#include "thrown.hpp"
#include "two_ends.hpp"

namespace iostls {
namespace test {
namespace {

using names = std::vector<std::string>;

class alpn : public testing::TestWithParam<tls_version> {
 protected:
  static context_options with(context_options o, const setting<names>& protocols,
                              bool optional = false) {
    o.alpn = protocols;
    if (optional) o.alpn_optional = true;
    return o;
  }

  ssl_context server(const setting<names>& protocols, bool optional = false) const {
    return ssl_context::server(with(server_options(GetParam()), protocols, optional));
  }
  ssl_context client(const setting<names>& protocols, bool optional = false) const {
    return ssl_context::client(with(client_options(GetParam()), protocols, optional));
  }

  static void expect_agreement(const both_reports& r, const std::string& protocol) {
    EXPECT_FALSE(r.server.failed) << r.server.what;
    EXPECT_FALSE(r.client.failed) << r.client.what;
    EXPECT_EQ(r.server.info.alpn, protocol);
    EXPECT_EQ(r.client.info.alpn, protocol);
  }
};

INSTANTIATE_TEST_SUITE_P(versions, alpn, testing::Values(tls_version::tls1_2, tls_version::tls1_3),
                         [](const auto& p) { return to_string(p.param); });

TEST_P(alpn, that_a_client_has_not_offered_is_refused) {
  peer_options o = server_peer(GetParam());
  o.tune = [](SSL_CTX* ctx) {
    const auto choose = [](SSL*, const unsigned char** chosen, unsigned char* size,
                           const unsigned char*, unsigned, void*) {
      *chosen = reinterpret_cast<const unsigned char*>("h3");
      *size = 2;
      return SSL_TLSEXT_ERR_OK;
    };
    SSL_CTX_set_alpn_select_cb(ctx, choose, nullptr);
  };
  descriptor_pair pair = socket_pair();
  task serving([&] {
    tls_peer peer(std::move(pair.a), o);
    peer.handshake();
    peer.read_to_end();
  });
  ssl_client_stream stream(pair.b.release(), client(names{"h2", "http/1.1"}));
  const ssl_error e = thrown_by([&] { stream.do_handshake(); });
  // OpenSSL finds out by itself if it is new enough.
  EXPECT_TRUE(e.code() == ssl_errc::handshake_failed || e.code() == ssl_errc::protocol_error)
      << e.what();
  EXPECT_FALSE(stream.good());
}

TEST_P(alpn, is_chosen_by_the_servers_order) {
  expect_agreement(
      complete_handshake(server(names{"h2", "http/1.1"}), client(names{"http/1.1", "h2"})), "h2");
  expect_agreement(
      complete_handshake(server(names{"http/1.1", "h2"}), client(names{"x", "h2", "http/1.1"})),
      "http/1.1");
}

TEST_P(alpn, is_not_used_unless_asked_for) {
  expect_agreement(complete_handshake(server({}), client({})), "");
}

TEST_P(alpn, without_a_common_protocol_ends_the_handshake_with_the_alert_that_says_so) {
  const both_reports r = complete_handshake(server(names{"h2"}), client(names{"imap"}));
  EXPECT_EQ(r.server.failed, ssl_errc::handshake_failed) << r.server.what;
  EXPECT_EQ(r.client.failed, ssl_errc::alert_received) << r.client.what;
  EXPECT_NE(r.client.what.find("no application protocol"), std::string::npos) << r.client.what;
}

TEST_P(alpn, without_a_common_protocol_goes_on_where_it_is_optional) {
  expect_agreement(complete_handshake(server(names{"h2"}, true), client(names{"imap"}, true)), "");
}

TEST_P(alpn, that_the_server_does_not_know_is_a_failure_to_the_client) {
  const both_reports r = complete_handshake(server({}), client(names{"h2", "http/1.1"}));
  EXPECT_EQ(r.client.failed, ssl_errc::handshake_failed) << r.client.what;
  EXPECT_NE(r.client.what.find("alpn: the server has chosen none of h2, http/1.1"),
            std::string::npos)
      << r.client.what;
  // A server of TLS 1.2 is done before the client is; it sees the end instead.
  EXPECT_EQ(static_cast<bool>(r.server.failed), GetParam() == tls_version::tls1_3);
}

TEST_P(alpn, that_the_server_does_not_know_is_none_to_a_client_that_can_do_without) {
  expect_agreement(complete_handshake(server({}), client(names{"h2"}, true)), "");
}

TEST_P(alpn, is_not_asked_of_a_client_that_offers_nothing) {
  expect_agreement(complete_handshake(server(names{"h2"}), client({})), "");
}

TEST_P(alpn, fails_for_good) {
  descriptor_pair pair = socket_pair();
  task serving([&] { complete_handshake<ssl_server_stream>(std::move(pair.a), server({}), {}); });
  ssl_client_stream s(pair.b.get(), client(names{"h2"}));
  pair.b.release();
  EXPECT_FALSE(s << "secret" << std::flush);
  EXPECT_EQ(s.error(), ssl_errc::handshake_failed);
  s.clear();
  EXPECT_EQ(s.get(), std::char_traits<char>::eof());
  EXPECT_TRUE(s.bad());
  EXPECT_EQ(s.error(), ssl_errc::handshake_failed);
  s.clear();
  s.close();
}

TEST_P(alpn, of_a_connection_wins) {
  connection_options mail, optional;
  mail.alpn = names{"imap"};
  optional.alpn_optional = true;
  const ssl_context http_server = server(names{"http/1.1"});
  const ssl_context http_client = client(names{"http/1.1"});
  expect_agreement(complete_handshake(http_server, http_client), "http/1.1");
  expect_agreement(complete_handshake(http_server, http_client, mail, mail), "imap");
  expect_agreement(complete_handshake(server({}), client({}), mail, mail), "imap");
  EXPECT_TRUE(complete_handshake(http_server, http_client, mail).client.failed);
  EXPECT_TRUE(complete_handshake(http_server, http_client, {}, mail).client.failed);
  connection_options optional_mail = mail;
  optional_mail.alpn_optional = true;
  expect_agreement(complete_handshake(http_server, http_client, optional, optional_mail), "");
  expect_agreement(complete_handshake(http_server, http_client, optional_mail, optional), "");
  expect_agreement(complete_handshake(http_server, http_client), "http/1.1");
}

TEST_P(alpn, is_negotiated_anew_when_a_session_is_resumed) {
  const ssl_context s = server(names{"h2", "http/1.1"});
  const ssl_context c = client(names{"h2", "http/1.1"});
  memory_handshake first(s, c);
  ASSERT_TRUE(first.run());
  connection_options own;
  own.alpn = names{"http/1.1"};
  memory_handshake second(s, c, own);
  SSL_set_session(second.client(), first.session().get());
  ASSERT_TRUE(second.run());
  EXPECT_EQ(SSL_session_reused(second.server()), 1);
  const unsigned char* chosen = nullptr;
  unsigned int size = 0;
  SSL_get0_alpn_selected(second.client(), &chosen, &size);
  EXPECT_EQ(std::string(reinterpret_cast<const char*>(chosen), size), "http/1.1");
}

TEST_P(alpn, of_a_server_that_chooses_what_was_not_offered_is_a_failure) {
  peer_options o = server_peer(GetParam());
  o.tune = [](SSL_CTX* ctx) {
    SSL_CTX_set_alpn_select_cb(
        ctx,
        [](SSL*, const unsigned char** out, unsigned char* size, const unsigned char*, unsigned,
           void*) {
          *out = reinterpret_cast<const unsigned char*>("evil");
          *size = 4;
          return SSL_TLSEXT_ERR_OK;
        },
        nullptr);
  };
  descriptor_pair pair = socket_pair();
  tls_peer peer(std::move(pair.a), o);
  task serving([&] { peer.handshake(); });
  const end_report r =
      complete_handshake<ssl_client_stream>(std::move(pair.b), client(names{"h2"}, true), {});
  EXPECT_TRUE(r.failed);
}

void expect_refused(const names& list, const std::string& reason) {
  for (const bool is_server : {true, false}) {
    context_options o = is_server ? server_options() : client_options();
    o.alpn = list;
    const ssl_error e =
        thrown_by([&] { is_server ? ssl_context::server(o) : ssl_context::client(o); });
    EXPECT_EQ(e.code(), ssl_errc::bad_configuration);
    EXPECT_EQ(e.operation(), "alpn");
    EXPECT_TRUE(mentions(e, reason)) << e.what();

    const ssl_context good =
        is_server ? ssl_context::server(server_options()) : ssl_context::client(client_options());
    connection_options own;
    own.alpn = list;
    EXPECT_EQ(thrown_by([&] { make_connection(good, own); }).operation(), "alpn");
  }
}

TEST(alpn_list, is_refused_if_it_cannot_be_sent) {
  expect_refused({}, "empty");
  expect_refused({"h2", ""}, "empty");
  expect_refused({std::string(256, 'a')}, "255");
  expect_refused(names(200, std::string(255, 'a')), "32768");
}

TEST(alpn_list, is_written_down_in_braces) {
  connection_options o;
  o.alpn = {"h2", "http/1.1"};
  EXPECT_EQ(o.alpn.value(), (names{"h2", "http/1.1"}));
  o.alpn = {"h2"};
  EXPECT_EQ(o.alpn.value(), names{"h2"});
  o.alpn = {};
  EXPECT_FALSE(o.alpn.has_value());
}

TEST(alpn_list, may_be_as_long_as_allowed) {
  context_options client = client_options();
  client.alpn = names(127, std::string(255, 'a'));
  context_options server = server_options();
  server.alpn = names{"h2", std::string(255, 'a')};
  const both_reports r =
      complete_handshake(ssl_context::server(server), ssl_context::client(client));
  EXPECT_FALSE(r.client.failed) << r.client.what;
  EXPECT_EQ(r.client.info.alpn, std::string(255, 'a'));
}

}  // namespace
}  // namespace test
}  // namespace iostls
