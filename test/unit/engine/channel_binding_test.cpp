// SPDX-License-Identifier: Apache-2.0
// Keying material and channel bindings of streams, compared with what plain OpenSSL makes of the other
// end of the connection.
#include <array>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <openssl/ssl.h>
#include <iostls/iostls.hpp>

#include "algorithms.hpp"
#include "dialogue.hpp"
#include "files.hpp"
#include "fixture.hpp"
#include "pem.hpp"
#include "session_visit.hpp"
#include "thrown.hpp"

namespace iostls {
namespace test {
namespace {

// Of OpenSSL's end; without a context if that is null.
std::string peer_material(tls_peer& peer, const std::string& label, const std::string* context,
                          std::size_t size) {
  std::string bytes(size, '\0');
  const auto* const data =
      context != nullptr ? reinterpret_cast<const unsigned char*>(context->data()) : nullptr;
  EXPECT_EQ(SSL_export_keying_material(peer.ssl(), reinterpret_cast<unsigned char*>(&bytes[0]),
                                       size, label.data(), label.size(), data,
                                       context != nullptr ? context->size() : 0,
                                       context != nullptr ? 1 : 0),
            1);
  return bytes;
}

// SHA-256 of the first certificate, which is signed with that.
std::string digest_of(const std::string& pem) {
  std::array<unsigned char, 32> bytes{};
  X509_digest(certificate_from(pem).get(), EVP_sha256(), bytes.data(), nullptr);
  return {bytes.begin(), bytes.end()};
}

class bindings : public testing::TestWithParam<variant> {};

INSTANTIATE_TEST_SUITE_P(, bindings, all_variants(), variant_name);

TEST_P(bindings, of_both_ends_are_the_same_for_each_label_context_and_size) {
  const auto d = started(GetParam());
  const std::string empty;
  const std::string context("a\0b", 3);
  for (const std::size_t size : {1U, 20U, 32U, 64U, 8160U}) {
    for (const std::string* c : {&empty, &context}) {
      EXPECT_EQ(d->stream().export_keying_material("EXPORTER-Test", *c, size),
                peer_material(d->peer(), "EXPORTER-Test", c, size));
    }
    EXPECT_EQ(d->stream().export_keying_material("EXPORTER-Test", size),
              peer_material(d->peer(), "EXPORTER-Test", nullptr, size));
  }
  EXPECT_NE(d->stream().export_keying_material("EXPORTER-Test", "", 32),
            d->stream().export_keying_material("EXPORTER-Other", "", 32));
}

// OpenSSL 3.0 takes less in TLS 1.2.
TEST_P(bindings, take_long_contexts_or_say_that_openssl_does_not) {
  const auto d = started(GetParam());
  const std::string label(249, 'l');
  const std::string shorter(700, 'c');
  EXPECT_EQ(d->stream().export_keying_material(label, shorter, 32),
            peer_material(d->peer(), label, &shorter, 32));
  try {
    const std::string longest(65535, 'c');
    const std::string material = d->stream().export_keying_material(label, longest, 32);
    EXPECT_EQ(material, peer_material(d->peer(), label, &longest, 32));
  } catch (const ssl_error& e) {
    EXPECT_EQ(GetParam().version, tls_version::tls1_2);
    EXPECT_EQ(e.code(), std::errc::not_supported);
    EXPECT_TRUE(mentions(e, "65535 in TLSv1.2")) << e.what();
    EXPECT_TRUE(d->stream().good());
  }
}

TEST_P(bindings, tell_an_empty_context_from_none_in_tls_1_2_alone) {
  const auto d = started(GetParam());
  const bool are_same = d->stream().export_keying_material("EXPORTER-Test", "", 32) ==
                        d->stream().export_keying_material("EXPORTER-Test", 32);
  EXPECT_EQ(are_same, GetParam().version == tls_version::tls1_3);
}

TEST_P(bindings, of_the_exporter_are_those_of_rfc_9266) {
  const auto d = started(GetParam());
  const std::string empty;
  EXPECT_EQ(d->stream().channel_binding("tls-exporter"),
            peer_material(d->peer(), "EXPORTER-Channel-Binding", &empty, 32));
}

TEST_P(bindings, of_the_end_point_are_the_digest_of_the_servers_certificate) {
  const auto d = started(GetParam());
  EXPECT_EQ(d->stream().channel_binding("tls-server-end-point"),
            digest_of(localhost().certificate));
}

TEST_P(bindings, perform_the_handshake) {
  for (const char* const type : {"tls-exporter", "tls-server-end-point"}) {
    dialogue d(GetParam());
    task peer([&] { EXPECT_TRUE(d.peer().handshake()) << d.peer().error(); });
    EXPECT_FALSE(d.stream().channel_binding(type).empty());
  }
  dialogue d(GetParam());
  task peer([&] { EXPECT_TRUE(d.peer().handshake()) << d.peer().error(); });
  EXPECT_EQ(d.stream().export_keying_material("EXPORTER-Test", "", 5).size(), 5U);
}

TEST_P(bindings, report_a_handshake_that_fails_as_info_does) {
  dialogue d(GetParam());
  d.peer().send_raw("this is no TLS, and long enough for a record's header");
  d.peer().half_close();
  const ssl_error e = thrown_by([&] { d.stream().channel_binding("tls-exporter"); });
  EXPECT_EQ(e.operation(), "handshake");
  EXPECT_TRUE(d.stream().bad());
  EXPECT_EQ(d.stream().error(), e.code());
}

TEST_P(bindings, refuse_wrong_arguments_before_the_handshake_and_touch_no_state) {
  dialogue d(GetParam());
  ssl_stream& s = d.stream();
  const std::vector<std::pair<std::string, std::function<void()>>> wrong = {
      {"label is empty", [&] { s.export_keying_material("", "", 32); }},
      {"249", [&] { s.export_keying_material(std::string(250, 'l'), "", 32); }},
      {"RFC 5705", [&] { s.export_keying_material("master secret", "", 32); }},
      {"RFC 5705", [&] { s.export_keying_material("key expansion", 32); }},
      {"65,535", [&] { s.export_keying_material("EXPORTER-x", std::string(65536, 'c'), 32); }},
      {"the size is 0", [&] { s.export_keying_material("EXPORTER-x", "", 0); }},
      {"the size is 8161", [&] { s.export_keying_material("EXPORTER-x", 8161); }},
      {"RFC 7627", [&] { s.channel_binding("tls-unique"); }},
      {"\"tls-\\x00\" is unknown", [&] { s.channel_binding(std::string("tls-\0", 5)); }},
      {"tls-exporter", [&] { s.channel_binding(""); }},
  };
  for (const auto& each : wrong) {
    const ssl_error e = thrown_by(each.second);
    EXPECT_EQ(e.code(), ssl_errc::bad_configuration);
    EXPECT_TRUE(mentions(e, each.first)) << e.what();
    EXPECT_TRUE(s.good());
    EXPECT_FALSE(s.error());
  }
  d.handshake();  // nobody has begun one
}

TEST_P(bindings, of_a_closed_stream_are_an_error) {
  const auto d = started(GetParam());
  task peer([&] { d->answer_close(); });
  d->stream().close();
  EXPECT_EQ(thrown_by([&] { d->stream().channel_binding("tls-exporter"); }).code(),
            ssl_errc::closed);
  EXPECT_TRUE(d->stream().bad());
  EXPECT_EQ(thrown_by([&] { d->stream().export_keying_material("EXPORTER-x", "", 32); }).code(),
            ssl_errc::closed);
}

TEST_P(bindings, need_no_exceptions_set_and_leave_the_connection_usable) {
  const auto d = started(GetParam());
  d->stream().channel_binding("tls-exporter");
  d->stream() << "on it goes\n" << std::flush;
  EXPECT_EQ(d->peer().read_line(), "on it goes");
}

TEST(binding_of_the_exporter, needs_the_extended_master_secret_in_tls_1_2) {
  for (const role r : {role::server, role::client}) {
    const variant v{r, tls_version::tls1_2};
    peer_options p = peer_of(r, tls_version::tls1_2);
    p.tune = [](SSL_CTX* ctx) { SSL_CTX_set_options(ctx, SSL_OP_NO_EXTENDED_MASTER_SECRET); };
    descriptor_pair pair = tcp_pair();
    tls_peer peer(std::move(pair.a), p);
    const auto s = make_stream(v.stream, std::move(pair.b), stream_options(r, v.version));
    task other([&] { EXPECT_TRUE(peer.handshake()) << peer.error(); });
    const ssl_error e = thrown_by([&] { s->channel_binding("tls-exporter"); });
    EXPECT_EQ(e.code(), std::errc::not_supported);
    EXPECT_TRUE(mentions(e, "extended master secret")) << e.what();
    EXPECT_TRUE(s->good());
    EXPECT_FALSE(s->error());
    EXPECT_EQ(s->channel_binding("tls-server-end-point"), digest_of(localhost().certificate));
    EXPECT_EQ(s->export_keying_material("EXPORTER-x", "", 7).size(), 7U);
    other.join();
    peer.half_close();
  }
}

struct both_bindings {
  std::string server, client;
  bool resumed = false;
  ssl_session session;
};

// What the stream has for the type; "" where it has none.
std::string binding_of(ssl_stream& s, const std::string& type) {
  try {
    return s.channel_binding(type);
  } catch (const ssl_error& e) {
    EXPECT_EQ(e.code(), std::errc::not_supported) << e.what();
    EXPECT_TRUE(s.good());
    return {};
  }
}

// Both ends', and a line there and back.
both_bindings visit_for(const std::string& type, const ssl_context& server,
                        const ssl_context& client, const ssl_session& session = {}) {
  both_bindings result;
  descriptor_pair pair = tcp_pair();
  task peer([&, fd = pair.b.release()] {
    ssl_server_stream s(fd, server);
    result.server = binding_of(s, type);
    bool resumed = false;
    answer_one_line(s, resumed);
  });
  connection_options own;
  own.session = session;
  ssl_client_stream c(pair.a.release(), client, own);
  result.client = binding_of(c, type);
  result.resumed = c.info().resumed;
  std::string line;
  c << "hello\n";
  EXPECT_TRUE(getline(c, line)) << c.error().message();
  result.session = c.session();
  c.close();
  peer.join();
  return result;
}

class bindings_of_two_streams : public testing::TestWithParam<tls_version> {
 protected:
  bindings_of_two_streams() : server_(server_options(GetParam())), client_(client_options()) {}
  context_options server_, client_;
};

INSTANTIATE_TEST_SUITE_P(, bindings_of_two_streams,
                         testing::Values(tls_version::tls1_2, tls_version::tls1_3),
                         [](const auto& p) { return to_string(p.param); });

TEST_P(bindings_of_two_streams, agree_on_a_resumed_session_after_the_certificate_was_replaced) {
  const temp_dir dir;
  server_.certificate = dir.write("server.pem", localhost().both());
  server_.key = pem_source();
  const ssl_context server = ssl_context::server(server_);
  const ssl_context client = ssl_context::client(client_);
  both_bindings before = visit_for("tls-server-end-point", server, client);
  dir.write("server.pem", test_authority().leaf().both());
  server.reload();
  both_bindings b = visit_for("tls-server-end-point", server, client, before.session);
  EXPECT_TRUE(b.resumed);
  EXPECT_EQ(b.server, before.server);
  EXPECT_EQ(b.client, before.server);
  b = visit_for("tls-exporter", server, client, b.session);
  EXPECT_TRUE(b.resumed);
  EXPECT_EQ(b.server, b.client);
  EXPECT_NE(visit_for("tls-server-end-point", server, client).client, before.server);
}

TEST_P(bindings_of_two_streams, of_the_end_point_are_those_of_the_certificate_that_was_chosen) {
  leaf_options o;
  o.names = {"other.example"};
  const issued other = test_authority().leaf(o);
  credential_source source;
  source.certificate = pem_text(other.certificate);
  source.key = pem_text(other.key);
  server_.more_credentials = {source};
  client_.server_name = "other.example";
  const both_bindings b =
      visit_for("tls-server-end-point", ssl_context::server(server_), ssl_context::client(client_));
  EXPECT_EQ(b.server, digest_of(other.certificate));
  EXPECT_EQ(b.client, b.server);
}

TEST_P(bindings_of_two_streams, of_the_end_point_are_none_with_a_pre_shared_key) {
  const std::string obstacle = obstacle_to_psk(GetParam());
  if (!obstacle.empty()) GTEST_SKIP() << obstacle;
  server_.psk = client_.psk = pre_shared_key{"me", std::string(32, 'k')};
  client_.server_name.reset();
  const both_bindings b =
      visit_for("tls-server-end-point", ssl_context::server(server_), ssl_context::client(client_));
  EXPECT_EQ(b.server + b.client, "");
  const both_bindings e =
      visit_for("tls-exporter", ssl_context::server(server_), ssl_context::client(client_));
  EXPECT_EQ(e.server, e.client);
  EXPECT_EQ(e.server.size(), 32U);
}

TEST_P(bindings_of_two_streams,
       of_the_end_point_are_none_where_the_signature_has_no_hash_function) {
  const authority ed("Ed", {}, key_type::ed25519);
  const issued leaf = ed.leaf();
  server_.certificate = pem_text(leaf.certificate);
  server_.key = pem_text(leaf.key);
  client_.ca_certificates = pem_text(ed.certificate());
  const both_bindings b =
      visit_for("tls-server-end-point", ssl_context::server(server_), ssl_context::client(client_));
  EXPECT_EQ(b.server + b.client, "");
}

}  // namespace
}  // namespace test
}  // namespace iostls
