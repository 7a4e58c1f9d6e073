// SPDX-License-Identifier: Apache-2.0
// What other code has left in OpenSSL's error queue is nothing to a connection.
#include <chrono>
#include <string>

#include <gtest/gtest.h>
#include <openssl/err.h>
#include <iostls/iostls.hpp>
#include <iostls/native.hpp>

#include "immediate_peer.hpp"

namespace iostls {
namespace {

using namespace test;

class stale_error_queue : public testing::TestWithParam<variant> {
 protected:
  static constexpr int junk = 77;
  static void spoil() { ERR_raise(ERR_LIB_USER, junk); }
  ~stale_error_queue() override { ERR_clear_error(); }
};

INSTANTIATE_TEST_SUITE_P(, stale_error_queue, all_variants(), variant_name);

TEST_P(stale_error_queue, disturbs_nothing) {
  spoil();
  duologue d(GetParam());
  spoil();
  d.stream->do_handshake();
  spoil();
  EXPECT_EQ(d.buffer().in_avail(), 0);
  spoil();
  EXPECT_FALSE(d.stream->info().protocol.empty());
  spoil();
  *d.stream << "question";
  d.peer.on_wait = [&] {
    d.peer.send("answer\n");
    spoil();
  };
  std::string line;
  EXPECT_TRUE(std::getline(*d.stream, line));
  EXPECT_EQ(line, "answer");
  EXPECT_EQ(d.peer.received(), "question");
  spoil();
  *d.stream << std::string(100000, 'x');
  spoil();
  d.stream->flush();
  EXPECT_TRUE(d.stream->good());
  spoil();
  d.peer.close_notify();
  spoil();
  EXPECT_EQ(d.stream->get(), EOF);
  EXPECT_TRUE(d.stream->eof());
  EXPECT_FALSE(d.stream->bad());
  spoil();
  d.stream->clear();
  d.stream->close();
  EXPECT_TRUE(d.stream->good());
  EXPECT_TRUE(d.peer.got_close_notify());
}

TEST_P(stale_error_queue, is_no_reason_of_a_failure) {
  const auto d = in_conversation(GetParam());
  d->peer.cut();
  spoil();
  EXPECT_EQ(d->stream->get(), EOF);
  ASSERT_NE(d->stream->last_error(), nullptr);
  EXPECT_EQ(d->stream->error(), ssl_errc::truncated);
  for (const unsigned long code : d->stream->last_error()->codes()) {
    EXPECT_NE(ERR_GET_REASON(code), junk);
  }
  EXPECT_EQ(ERR_peek_error(), 0u);
}

TEST_P(stale_error_queue, is_no_reason_of_what_openssl_has_no_part_in) {
  const auto d = in_conversation(GetParam());
  const auto expect_failure = [&](const std::error_code& code) {
    ASSERT_NE(d->stream->last_error(), nullptr);
    EXPECT_EQ(d->stream->error(), code);
    EXPECT_TRUE(d->stream->last_error()->codes().empty()) << d->stream->last_error()->what();
    EXPECT_EQ(ERR_peek_error(), 0u);
    d->stream->clear();
  };
  d->buffer().expires_at(std::chrono::steady_clock::now());
  spoil();
  EXPECT_EQ(d->stream->get(), EOF);
  expect_failure(ssl_errc::timed_out);
  d->stream->close();
  spoil();
  EXPECT_EQ(d->stream->get(), EOF);
  expect_failure(ssl_errc::closed);
}

// To find out why, the stream listens to what the peer may have said.
TEST_P(stale_error_queue, does_not_end_the_input_when_output_fails) {
  const auto d = in_conversation(GetParam());
  d->wire->on_write = [](std::uint64_t) {
    spoil();
    return fault::failure(std::errc::broken_pipe);
  };
  EXPECT_FALSE(*d->stream << "lost" << std::flush);
  EXPECT_EQ(d->stream->error(), std::errc::broken_pipe) << d->stream->error().message();
  EXPECT_TRUE(d->stream->last_error()->codes().empty()) << d->stream->last_error()->what();
  d->stream->clear();
  d->peer.send("last words");
  EXPECT_EQ(take(d->buffer(), 10), "last words");
  d->peer.cut();
}

// Nothing but an SSL that was told that it has said goodbye refuses output and is otherwise well.
TEST_P(stale_error_queue, is_no_reason_of_output_that_failed) {
  const auto d = in_conversation(GetParam());
  SSL_set_shutdown(native_handle(d->buffer()), SSL_SENT_SHUTDOWN);
  *d->stream << "lost";
  spoil();
  EXPECT_FALSE(d->stream->flush());
  ASSERT_NE(d->stream->last_error(), nullptr);
  ASSERT_FALSE(d->stream->last_error()->codes().empty());
  for (const unsigned long code : d->stream->last_error()->codes()) {
    EXPECT_NE(ERR_GET_REASON(code), junk);
  }
}

}  // namespace
}  // namespace iostls
