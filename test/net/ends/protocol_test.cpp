// SPDX-License-Identifier: Apache-2.0
// What peers may do within TLS, and what they may not.
#include <chrono>
#include <functional>
#include <string>

#include <gtest/gtest.h>
#include <openssl/err.h>
#include <iostls/iostls.hpp>
#include <iostls/native.hpp>

#include "algorithms.hpp"
#include "dialogue.hpp"
#include "record_forge.hpp"

namespace iostls {
namespace {

using namespace test;
using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

constexpr seconds too_long{10};

void close_at_once(context_options& o) { o.close_timeout = milliseconds(0); }

bool has_string(const ssl_error* e, const std::string& text) {
  if (e == nullptr) return false;
  for (const std::string& s : e->strings()) {
    if (s.find(text) != std::string::npos) return true;
  }
  return false;
}

std::string words(const ssl_stream& s) {
  return s.last_error() != nullptr ? s.last_error()->what() : "no error";
}

class protocol : public testing::TestWithParam<variant> {
 protected:
  role end() const { return GetParam().stream; }
  tls_version version() const { return GetParam().version; }
};

INSTANTIATE_TEST_SUITE_P(, protocol, all_variants(), variant_name);

class protocol_of_1_2 : public protocol {};
INSTANTIATE_TEST_SUITE_P(, protocol_of_1_2,
                         testing::Values(variant{role::server, tls_version::tls1_2},
                                         variant{role::client, tls_version::tls1_2}),
                         variant_name);

class protocol_of_1_3 : public protocol {};
INSTANTIATE_TEST_SUITE_P(, protocol_of_1_3,
                         testing::Values(variant{role::server, tls_version::tls1_3},
                                         variant{role::client, tls_version::tls1_3}),
                         variant_name);

// Before it waits for input, it has more of it sent.
class fed_transport final : public socket_transport {
 public:
  fed_transport(descriptor fd, const std::function<void()>& feed)
      : socket_transport(fd.get()), feed_(feed) {
    fd.release();
  }

  std::error_code wait(event what, time_point deadline) noexcept override {
    if (what == event::readable) feed_();
    return socket_transport::wait(what, deadline);
  }

 private:
  const std::function<void()>& feed_;
};

// A stream, and a peer whose records are forged.
class forged_dialogue {
 public:
  explicit forged_dialogue(const variant& v, const dialogue::tuning& tune = close_at_once) {
    descriptor_pair pair = tcp_pair();
    context_options options = stream_options(v.stream, v.version);
    tune(options);
    peer_ = std::make_unique<tls_peer>(std::move(pair.a),
                                       forge_.prepared(peer_of(v.stream, v.version)));
    stream_ =
        make_stream(v.stream, std::make_unique<fed_transport>(std::move(pair.b), feed), options);
    task handshake([&] { EXPECT_TRUE(peer_->handshake()) << peer_->error(); });
    stream_->do_handshake();
    handshake.join();
    forge_.take_over(*peer_);
  }

  record_forge& forge() { return forge_; }
  tls_peer& peer() { return *peer_; }
  ssl_stream& stream() { return *stream_; }

  void expect_line(const std::string& text) {
    std::string line;
    EXPECT_TRUE(std::getline(*stream_, line)) << words(*stream_);
    EXPECT_EQ(line, text);
  }

  // Called before the stream waits for input.
  std::function<void()> feed = [] {};

 private:
  record_forge forge_;
  std::unique_ptr<tls_peer> peer_;
  std::unique_ptr<ssl_stream> stream_;
};

TEST_P(protocol, forged_records_are_as_good_as_others) {
  forged_dialogue d(GetParam());
  ASSERT_TRUE(d.forge().send(record_forge::data, "hello\n"));
  ASSERT_TRUE(d.forge().send(record_forge::data, "world\n"));
  d.expect_line("hello");
  d.expect_line("world");
  ASSERT_TRUE(d.forge().send(record_forge::alert, std::string("\1\0", 2)));
  EXPECT_EQ(d.stream().get(), std::char_traits<char>::eof());
  EXPECT_TRUE(d.stream().eof());
  EXPECT_FALSE(d.stream().bad()) << words(d.stream());
}

TEST_P(protocol, empty_records_are_no_end) {
  forged_dialogue d(GetParam());
  for (int i = 0; i != 3; ++i) ASSERT_TRUE(d.forge().send(record_forge::data, ""));
  ASSERT_TRUE(d.forge().send(record_forge::data, "hello\n"));
  ASSERT_TRUE(d.forge().send(record_forge::data, ""));
  d.expect_line("hello");
  d.stream().rdbuf()->expires_at(steady_clock::now() + milliseconds(50));
  EXPECT_EQ(d.stream().get(), std::char_traits<char>::eof());
  EXPECT_FALSE(d.stream().eof());
  EXPECT_EQ(d.stream().error(), ssl_errc::timed_out) << words(d.stream());
}

// Whenever the stream asks for input, there are more records without data.
void expect_flood_to_end(forged_dialogue& d, const std::function<std::string()>& next) {
  d.stream().rdbuf()->expires_at(steady_clock::now() + milliseconds(200));
  const auto start = steady_clock::now();
  d.feed = [&] { static_cast<void>(d.peer().send_raw(next())); };
  EXPECT_EQ(d.stream().get(), std::char_traits<char>::eof());
  EXPECT_TRUE(d.stream().bad());
  EXPECT_LT(steady_clock::now() - start, too_long);
  const std::error_code e = d.stream().error();
  EXPECT_TRUE(e == ssl_errc::timed_out || e == ssl_errc::protocol_error) << words(d.stream());
  d.feed = [] {};
}

TEST_P(protocol, a_flood_of_empty_records_ends_by_the_deadline) {
  forged_dialogue d(GetParam());
  expect_flood_to_end(d, [&] { return d.forge().record(record_forge::data, ""); });
}

TEST_P(protocol, a_flood_of_warnings_ends_by_the_deadline) {
  forged_dialogue d(GetParam());
  const std::string user_canceled = "\1\x5a";
  expect_flood_to_end(d, [&] { return d.forge().record(record_forge::alert, user_canceled); });
}

TEST_P(protocol_of_1_3, a_flood_of_key_updates_ends_by_the_deadline) {
  forged_dialogue d(GetParam());
  expect_flood_to_end(d, [&] { return d.forge().key_update(); });
}

TEST_P(protocol, a_hundred_thousand_tiny_records_are_one_text) {
  const auto d = started(GetParam(), close_at_once);
  std::string sent;
  for (int i = 0; i != 100000; ++i) sent += static_cast<char>('a' + i % 26);
  task peer([&] {
    for (const char c : sent) ASSERT_TRUE(d->peer().write(std::string(1, c)));
    ASSERT_TRUE(d->peer().write("\n"));
  });
  const auto start = steady_clock::now();
  std::string line;
  EXPECT_TRUE(std::getline(d->stream(), line)) << words(d->stream());
  EXPECT_TRUE(line == sent);
  EXPECT_LT(steady_clock::now() - start, too_long);
}

// The peer wants another handshake, for which TLS 1.3 has no message.
TEST_P(protocol_of_1_2, renegotiation_is_refused_and_data_goes_on) {
  forged_dialogue d(GetParam());
  const std::string hello_request("\0\0\0\0", 4);
  const std::string client_hello("\1\0\0\2\3\3", 6);
  ASSERT_TRUE(d.forge().send(record_forge::handshake,
                             end() == role::client ? hello_request : client_hello));
  ASSERT_TRUE(d.forge().send(record_forge::data, "hello\n"));
  d.expect_line("hello");
  EXPECT_TRUE(d.stream() << "hello\n" << std::flush);
  EXPECT_EQ(d.peer().read_some(), "") << "the warning no_renegotiation comes first";
  EXPECT_NE(d.peer().error().find("no renegotiation"), std::string::npos) << d.peer().error();
}

TEST_P(protocol_of_1_3, key_updates_of_the_peer_do_not_show) {
  const auto d = started(GetParam(), close_at_once);
  for (int i = 0; i != 100; ++i) {
    const std::string line = "line " + std::to_string(i);
    ASSERT_EQ(SSL_key_update(d->peer().ssl(), SSL_KEY_UPDATE_REQUESTED), 1);
    ASSERT_TRUE(d->peer().write(line + "\n")) << d->peer().error();
    std::string received;
    EXPECT_TRUE(std::getline(d->stream(), received)) << words(d->stream());
    EXPECT_EQ(received, line);
    EXPECT_TRUE(d->stream() << "got " << received << std::endl);
    ASSERT_EQ(d->peer().read_line(), "got " + line) << d->peer().error();
  }
}

TEST(post_handshake_authentication, is_not_offered_by_clients) {
  const auto d = started({role::client, tls_version::tls1_3}, close_at_once);
  SSL_set_verify(d->peer().ssl(), SSL_VERIFY_PEER, nullptr);
  EXPECT_EQ(SSL_verify_client_post_handshake(d->peer().ssl()), 0);
  ERR_clear_error();
}

TEST_P(protocol, early_data_and_compression_are_off) {
  const auto d = started(GetParam(), close_at_once);
  SSL* const ssl = native_handle(*d->stream().rdbuf());
  EXPECT_EQ(SSL_get_max_early_data(ssl), 0u);
  EXPECT_NE(SSL_get_options(ssl) & SSL_OP_NO_COMPRESSION, 0u);
  EXPECT_EQ(SSL_get_current_compression(d->peer().ssl()), nullptr);
  if (end() == role::client) return;
  ASSERT_TRUE(d->stream() << "x" << std::flush);
  ASSERT_EQ(d->peer().read_some(), "x");  // and with it, the tickets
  EXPECT_EQ(SSL_SESSION_get_max_early_data(SSL_get_session(d->peer().ssl())), 0u);
}

// A peer of other versions, set by `tune`, is refused, and told so.
void expect_refusal(role end, const context_options& options, peer_options other,
                    const std::function<void(SSL_CTX*)>& tune, const std::string& reason) {
  other.min_version = 0;
  other.tune = tune;
  descriptor_pair pair = tcp_pair();
  tls_peer peer(std::move(pair.a), other);
  const auto stream = make_stream(end, std::move(pair.b), options);
  task other_end([&] {
    EXPECT_FALSE(peer.handshake());
    EXPECT_NE(peer.error().find(reason), std::string::npos) << peer.error();
    peer.half_close();
  });
  EXPECT_THROW(stream->do_handshake(), ssl_error);
  stream->close();
}

TEST(versions, before_tls_1_2_are_refused) {
  if (lacks("MD5-SHA1")) GTEST_SKIP() << "no provider has what these versions hash with";
  for (const role end : {role::server, role::client}) {
    const context_options options = end == role::server ? server_options() : client_options();
    peer_options other = end == role::server ? client_peer() : server_peer();
    for (const int old : {TLS1_VERSION, TLS1_1_VERSION}) {
      other.max_version = old;
      expect_refusal(
          end, options, other,
          [](SSL_CTX* ctx) {
            SSL_CTX_set_security_level(ctx, 0);
            SSL_CTX_set_cipher_list(ctx, "ALL:@SECLEVEL=0");
          },
          end == role::server ? "alert protocol version" : "unsupported protocol");
    }
  }
}

TEST(versions, a_client_that_was_talked_down_is_refused) {
  peer_options client = client_peer();
  client.max_version = TLS1_2_VERSION;
  expect_refusal(
      role::server, server_options(), client,
      [](SSL_CTX* ctx) { SSL_CTX_set_mode(ctx, SSL_MODE_SEND_FALLBACK_SCSV); },
      "inappropriate fallback");
}

TEST(plaintext, of_http_is_called_by_its_name) {
  dialogue d({role::server, tls_version::tls1_3}, close_at_once);
  ASSERT_TRUE(d.peer().send_raw("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"));
  EXPECT_THROW(d.stream().do_handshake(), ssl_error);
  EXPECT_EQ(d.stream().error(), ssl_errc::protocol_error) << words(d.stream());
  EXPECT_TRUE(has_string(d.stream().last_error(), "http request")) << words(d.stream());
}

TEST(plaintext, of_a_server_that_speaks_first_is_no_tls) {
  dialogue d({role::client, tls_version::tls1_3}, close_at_once);
  ASSERT_TRUE(d.peer().send_raw("220 mail.example ESMTP\r\n"));
  EXPECT_THROW(d.stream().do_handshake(), ssl_error);
  EXPECT_EQ(d.stream().error(), ssl_errc::protocol_error) << words(d.stream());
  EXPECT_TRUE(has_string(d.stream().last_error(), "wrong version number")) << words(d.stream());
}

// A server that asks for a certificate, and a client that has none.
class certificate_required : public testing::TestWithParam<tls_version> {
 protected:
  certificate_required() : pair_(tcp_pair()), server_(std::move(pair_.a), demanding()) {
    context_options options = client_options(GetParam());
    close_at_once(options);
    client_ = make_stream(role::client, std::move(pair_.b), options);
  }

  static peer_options demanding() {
    peer_options o = server_peer(GetParam());
    o.ca = test_authority().certificate();
    o.verify = SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
    return o;
  }

  // The server refuses the client, and leaves in haste: what it has not read makes TCP send a reset.
  void refuse() {
    EXPECT_FALSE(server_.handshake());
    server_.close();
  }

  void expect_alert() {
    EXPECT_TRUE(client_->bad());
    EXPECT_EQ(client_->error(), ssl_errc::alert_received) << words(*client_);
    const bool is_1_3 = GetParam() == tls_version::tls1_3;
    EXPECT_TRUE(has_string(client_->last_error(),
                           is_1_3 ? "certificate required" : "alert handshake failure"))
        << words(*client_);
  }

  descriptor_pair pair_;
  tls_peer server_;
  std::unique_ptr<ssl_stream> client_;
};

INSTANTIATE_TEST_SUITE_P(, certificate_required,
                         testing::Values(tls_version::tls1_2, tls_version::tls1_3),
                         [](const auto& info) { return to_string(info.param); });

TEST_P(certificate_required, shows_in_the_handshake_or_in_the_first_input_after_it) {
  task server([&] { refuse(); });
  if (GetParam() == tls_version::tls1_2) {
    EXPECT_THROW(client_->do_handshake(), ssl_error);
  } else {
    EXPECT_NO_THROW(client_->do_handshake()) << "TLS 1.3 reports it later";
    client_->get();
  }
  expect_alert();
}

TEST_P(certificate_required, is_what_output_reports_rather_than_a_broken_pipe) {
  task server([&] { refuse(); });
  if (GetParam() == tls_version::tls1_3) {
    EXPECT_NO_THROW(client_->do_handshake());
    server.join();
  }
  for (int i = 0; i != 1000 && client_->good(); ++i) *client_ << "anybody there?" << std::flush;
  expect_alert();
}

TEST_P(protocol, a_peer_that_is_refused_always_learns_why) {
  const issued strange = authority("Another Root").leaf();
  peer_options other = peer_of(end(), version());
  other.certificate = strange.certificate;
  other.key = strange.key;
  context_options options = stream_options(end(), version());
  options.verify = verify_mode::required;
  options.ca_certificates = pem_text(test_authority().certificate());
  const auto context = make_peer_context(other);
  for (int i = 0; i != 100; ++i) {
    descriptor_pair pair = tcp_pair();
    tls_peer peer(std::move(pair.a), other, context);
    task other_end([&] {
      // What it sends in good faith arrives when it is refused already, and nobody wants it.
      bool sent = peer.handshake();
      for (int k = 0; k != 20 && sent; ++k) sent = peer.write(std::string(16384, 'x'));
      if (sent) peer.read_some();
      EXPECT_NE(peer.error().find("alert unknown ca"), std::string::npos) << peer.error();
      peer.close();
    });
    auto stream = make_stream(end(), std::move(pair.b), options);
    EXPECT_EQ(stream->get(), std::char_traits<char>::eof());
    EXPECT_EQ(stream->error(), ssl_errc::certificate_rejected) << words(*stream);
    stream.reset();
    other_end.join();
    if (HasFailure()) FAIL() << "in run " << i;
  }
}

TEST(huge_chain, is_refused_with_the_reason) {
  const ssl_context context = ssl_context::client(client_options());
  SSL_CTX_set_max_cert_list(native_handle(context), 200);
  descriptor_pair pair = tcp_pair();
  tls_peer server(std::move(pair.a), server_peer());
  ssl_client_stream stream(pair.b.release(), context);
  task other_end([&] {
    EXPECT_FALSE(server.handshake());
    server.half_close();
  });
  EXPECT_THROW(stream.do_handshake(), ssl_error);
  EXPECT_TRUE(has_string(stream.last_error(), "excessive message size")) << words(stream);
  stream.close();
}

}  // namespace
}  // namespace iostls
