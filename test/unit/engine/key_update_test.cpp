// SPDX-License-Identifier: Apache-2.0
// Key updates that a stream sends, as plain OpenSSL at the other end sees them.
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <system_error>

#include <gtest/gtest.h>
#include <openssl/ssl.h>
#include <iostls/iostls.hpp>

#include "dialogue.hpp"
#include "fixture.hpp"
#include "record_forge.hpp"
#include "task.hpp"
#include "thrown.hpp"

namespace iostls {
namespace test {
namespace {

// The requests in the KeyUpdate messages that the peer has received, and how many it has sent.
struct seen_updates {
  std::string requests;
  int sent = 0;
};

extern "C" void note_message(int is_write, int, int type, const void* data, std::size_t size, SSL*,
                             void* arg) {
  const char* const bytes = static_cast<const char*>(data);
  if (type != SSL3_RT_HANDSHAKE || size != 5 || bytes[0] != SSL3_MT_KEY_UPDATE) return;
  auto* const seen = static_cast<seen_updates*>(arg);
  if (is_write != 0) {
    ++seen->sent;
  } else {
    seen->requests += static_cast<char>('0' + bytes[4]);
  }
}

std::unique_ptr<dialogue> watched(role r, seen_updates& seen) {
  auto d = started({r, tls_version::tls1_3});
  SSL_set_msg_callback(d->peer().ssl(), note_message);
  SSL_set_msg_callback_arg(d->peer().ssl(), &seen);
  return d;
}

class key_update : public testing::TestWithParam<role> {
 protected:
  seen_updates seen_;
};

INSTANTIATE_TEST_SUITE_P(, key_update, testing::Values(role::server, role::client),
                         [](const auto& p) { return to_string(p.param); });

TEST_P(key_update, comes_after_what_was_written_before) {
  const auto d = watched(GetParam(), seen_);
  d->stream() << "before\n";
  d->stream().update_keys();
  EXPECT_EQ(d->peer().read_line(), "before");
  EXPECT_EQ(seen_.requests, "");
  d->stream() << "after\n" << std::flush;
  EXPECT_EQ(d->peer().read_line(), "after");
  EXPECT_EQ(seen_.requests, "0");
  EXPECT_EQ(d->stream().counters().key_updates_sent, 1U);
  EXPECT_EQ(d->stream().counters().key_updates_received, 0U);
}

TEST_P(key_update, is_sent_at_once) {
  const auto d = watched(GetParam(), seen_);
  d->stream().flush();  // a server's tickets
  const connection_counters before = d->stream().counters();
  d->stream().update_keys();
  EXPECT_EQ(d->stream().counters().records_sent, before.records_sent + 1);
}

TEST_P(key_update, asks_for_the_peers_only_if_that_is_wanted) {
  const auto d = watched(GetParam(), seen_);
  d->stream().update_keys(key_update_request::requested);
  d->stream() << "request\n" << std::flush;
  EXPECT_EQ(d->peer().read_line(), "request");
  EXPECT_EQ(seen_.requests, "1");
  ASSERT_TRUE(d->peer().write("answer\n"));
  EXPECT_EQ(seen_.sent, 1);
  std::string line;
  EXPECT_TRUE(std::getline(d->stream(), line));
  EXPECT_EQ(line, "answer");
  EXPECT_EQ(d->stream().counters().key_updates_received, 1U);
  EXPECT_EQ(d->stream().counters().key_updates_sent, 1U);
}

TEST_P(key_update, of_the_peer_that_asks_for_ours_is_answered_and_counted) {
  const auto d = watched(GetParam(), seen_);
  ASSERT_EQ(SSL_key_update(d->peer().ssl(), SSL_KEY_UPDATE_REQUESTED), 1);
  ASSERT_TRUE(d->peer().write("question\n"));
  std::string line;
  EXPECT_TRUE(std::getline(d->stream(), line));
  d->stream() << "answer\n" << std::flush;
  EXPECT_EQ(d->peer().read_line(), "answer");
  EXPECT_EQ(seen_.requests, "0");
  EXPECT_EQ(d->stream().counters().key_updates_received, 1U);
  EXPECT_EQ(d->stream().counters().key_updates_sent, 1U);
}

TEST_P(key_update, can_be_repeated_between_large_blocks) {
  const auto d = watched(GetParam(), seen_);
  const std::string block = numbered_text(50000);
  std::string received;
  task reading([&] { received = d->peer().read_exactly(20 * block.size()); });
  std::string expected;
  for (int i = 0; i != 20; ++i) {
    d->stream() << block;
    expected += block;
    d->stream().update_keys();
  }
  d->stream().flush();
  reading.join();
  EXPECT_EQ(received, expected);
  EXPECT_EQ(d->stream().counters().key_updates_sent, 20U);
}

TEST_P(key_update, happens_while_another_thread_reads) {
  const auto d = watched(GetParam(), seen_);
  const std::string block = numbered_text(20000);
  std::string echo(20 * block.size(), '\0');
  task echoing([&] {
    for (int i = 0; i != 20; ++i)
      EXPECT_TRUE(d->peer().write(d->peer().read_exactly(block.size())));
  });
  ssl_duplex ends(d->stream());
  task reading([&] { ends.in().read(&echo[0], static_cast<std::streamsize>(echo.size())); });
  std::string expected;
  for (int i = 0; i != 20; ++i) {
    ends.out() << block << std::flush;
    expected += block;
    d->stream().update_keys(i % 2 == 0 ? key_update_request::requested
                                       : key_update_request::not_requested);
  }
  echoing.join();
  reading.join();
  EXPECT_EQ(echo, expected);
}

// The refusal changes nothing.
TEST_P(key_update, is_refused_in_tls_1_2) {
  const auto d = started({GetParam(), tls_version::tls1_2});
  d->stream() << "pending ";
  const ssl_error e = thrown_by([&] { d->stream().update_keys(); });
  EXPECT_EQ(e.code(), std::errc::not_supported);
  EXPECT_TRUE(mentions(e, "update_keys: ")) << e.what();
  EXPECT_TRUE(mentions(e, "TLSv1.2 has no key update")) << e.what();
  EXPECT_TRUE(d->stream().good());
  EXPECT_FALSE(d->stream().error());
  d->stream() << "line\n" << std::flush;
  EXPECT_EQ(d->peer().read_line(), "pending line");
}

TEST_P(key_update, is_refused_before_the_handshake) {
  dialogue d({GetParam(), tls_version::tls1_3});
  const ssl_error e = thrown_by([&] { d.stream().update_keys(); });
  EXPECT_EQ(e.code(), std::errc::not_connected);
  EXPECT_TRUE(mentions(e, "call do_handshake() first")) << e.what();
  EXPECT_TRUE(d.stream().good());
  d.handshake();
  d.stream().update_keys();
}

TEST_P(key_update, is_refused_after_the_end_of_the_output) {
  const auto d = watched(GetParam(), seen_);
  d->stream().shutdown_write();
  EXPECT_EQ(thrown_by([&] { d->stream().update_keys(); }).code(), ssl_errc::closed);
  EXPECT_TRUE(d->stream().good());
  ASSERT_TRUE(d->peer().write("last\n"));
  std::string line;
  EXPECT_TRUE(std::getline(d->stream(), line));
}

TEST_P(key_update, is_refused_by_a_stream_that_is_closed_or_was_never_open) {
  const auto d = watched(GetParam(), seen_);
  task answering([&] { d->answer_close(); });
  d->stream().close();
  answering.join();
  EXPECT_EQ(thrown_by([&] { d->stream().update_keys(); }).code(), ssl_errc::closed);
  EXPECT_TRUE(d->stream().good());
  ssl_server_stream never;
  EXPECT_EQ(thrown_by([&] { never.update_keys(); }).code(), ssl_errc::closed);
}

TEST_P(key_update, that_cannot_be_sent_is_a_failure_of_output) {
  const auto d = watched(GetParam(), seen_);
  d->peer().reset();
  ASSERT_TRUE(d->wait_until_hung_up());
  EXPECT_THROW(d->stream().update_keys(), ssl_error);
  EXPECT_TRUE(d->stream().bad());
  EXPECT_TRUE(d->stream().error());
}

// A message of the peer that has come in part is waited for.
TEST(key_update_of_a_client, waits_for_the_rest_of_a_ticket) {
  record_forge forge;
  descriptor_pair pair = tcp_pair();
  tls_peer peer(std::move(pair.a), forge.prepared(server_peer(tls_version::tls1_3)));
  ssl_client_stream stream(pair.b.release(), client_options(tls_version::tls1_3));
  task serving([&] { peer.handshake(); });
  stream.do_handshake();
  serving.join();
  forge.take_over(peer);
  // NewSessionTicket: lifetime, age_add, nonce, ticket, extensions.
  const std::string body = std::string("\0\0\0\x3c\0\0\0\1\1n\0\4tick\0\0", 18);
  const std::string ticket = std::string("\4\0\0", 3) + static_cast<char>(body.size()) + body;
  const std::uint64_t before = stream.counters().records_received;
  forge.send(record_forge::handshake, ticket.substr(0, 7));
  while (stream.counters().records_received == before) {
    EXPECT_FALSE(stream.wait_readable(std::chrono::milliseconds(20)));
  }
  stream.write_timeout(std::chrono::milliseconds(50));
  EXPECT_EQ(thrown_by([&] { stream.update_keys(); }).code(), ssl_errc::timed_out);
  stream.clear();
  stream.write_timeout(std::chrono::seconds(20));
  forge.send(record_forge::handshake, ticket.substr(7));
  stream.update_keys();
  EXPECT_EQ(stream.counters().key_updates_sent, 1U);
  forge.send(record_forge::data, "data\n");
  std::string line;
  EXPECT_TRUE(std::getline(stream, line));
  EXPECT_EQ(line, "data");
  peer.close();
}

}  // namespace
}  // namespace test
}  // namespace iostls
