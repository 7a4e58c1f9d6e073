// SPDX-License-Identifier: Apache-2.0
// A buffer without a stream, which reports by exceptions, and of which nothing is lost by them.
#include <chrono>
#include <memory>
#include <string>

#include <gtest/gtest.h>
#include <iostls/iostls.hpp>

#include "immediate_peer.hpp"

namespace iostls {
namespace {

using namespace test;
using traits = std::char_traits<char>;

class bare_buffer : public testing::TestWithParam<variant> {
 protected:
  bare_buffer()
      : buffer(std::make_unique<ssl_streambuf>(peer.make_transport(), shared_context(GetParam()))) {
  }

  template <class Operation>
  static void expect_failure(ssl_errc kind, Operation operation) {
    try {
      operation();
      ADD_FAILURE() << "nothing was thrown";
    } catch (const ssl_error& e) {
      EXPECT_EQ(e.code(), kind) << e.what();
    }
  }

  const std::shared_ptr<immediate_peer> kept = std::make_shared<immediate_peer>(
      peer_of(GetParam().stream, GetParam().version), shared_peer_context(GetParam()));
  immediate_peer& peer = *kept;
  std::unique_ptr<ssl_streambuf> buffer;
};

INSTANTIATE_TEST_SUITE_P(, bare_buffer, all_variants(), variant_name);

TEST_P(bare_buffer, reports_the_clean_end_as_end_of_file) {
  peer.send("abc");
  EXPECT_EQ(buffer->sgetc(), 'a');
  peer.close_notify();
  EXPECT_EQ(take(*buffer, 10), "abc");
  EXPECT_EQ(buffer->sgetc(), traits::eof());
  EXPECT_EQ(buffer->sbumpc(), traits::eof());
}

TEST_P(bare_buffer, throws_for_a_cut_connection_each_time) {
  peer.send("abc");
  EXPECT_EQ(buffer->sgetc(), 'a');
  peer.cut();
  EXPECT_EQ(take(*buffer, 3), "abc");
  for (int i = 0; i != 2; ++i) {
    expect_failure(ssl_errc::truncated, [&] { buffer->sgetc(); });
    expect_failure(ssl_errc::truncated, [&] { buffer->sbumpc(); });
    expect_failure(ssl_errc::truncated, [&] { take(*buffer, 1); });
    expect_failure(ssl_errc::truncated, [&] { buffer->in_avail(); });
  }
}

TEST_P(bare_buffer, throws_for_a_block_that_was_cut_and_has_what_came_unread) {
  const std::string sent = numbered_bytes(20000);
  buffer->do_handshake();
  peer.send_in_records(sent, 16384);
  peer.cut();
  EXPECT_EQ(take(*buffer, 100), sent.substr(0, 100));
  for (int i = 0; i != 3; ++i) {
    expect_failure(ssl_errc::truncated, [&] { take(*buffer, 1000000); });
  }
  EXPECT_EQ(buffer->in_avail(), 19900);
  for (std::size_t k = 1; k <= 8; ++k) {
    EXPECT_EQ(buffer->sungetc(), traits::to_int_type(sent[100 - k]));
  }
  EXPECT_EQ(take(*buffer, 19908), sent.substr(92));
  expect_failure(ssl_errc::truncated, [&] { take(*buffer, 1); });
}

TEST_P(bare_buffer, has_the_whole_of_a_block_that_is_repeated_after_timeouts) {
  for (const std::size_t part : {3u, 5000u, 40000u, 2000000u}) {
    const std::string sent = numbered_bytes(3 * part);
    for (std::size_t at = 0; at != 2 * part; at += part) {
      peer.send_in_records(sent.substr(at, part), 16384);
      buffer->expires_at(std::chrono::steady_clock::now());
      expect_failure(ssl_errc::timed_out, [&] { take(*buffer, 3 * part); });
    }
    peer.send_in_records(sent.substr(2 * part), 16384);
    EXPECT_EQ(take(*buffer, 3 * part), sent);
  }
}

// Copying it could be what there is no memory for.
TEST_P(bare_buffer, says_where_much_of_a_block_is_when_there_is_no_more_to_come) {
  const std::string sent = numbered_bytes(3 << 20);
  buffer->do_handshake();
  peer.send_in_records(sent, 16384);
  peer.cut();
  std::string got(sent.size() + 1, '#');
  try {
    buffer->sgetn(&got[0], static_cast<std::streamsize>(got.size()));
    ADD_FAILURE() << "nothing was thrown";
  } catch (const ssl_error& e) {
    EXPECT_EQ(e.code(), ssl_errc::truncated);
    EXPECT_NE(std::string(e.what()).find("first 3145728 characters"), std::string::npos)
        << e.what();
  }
  EXPECT_EQ(got.substr(0, sent.size()), sent);
  EXPECT_EQ(buffer->error(), ssl_errc::truncated);
  expect_failure(ssl_errc::truncated, [&] { take(*buffer, 1); });
}

TEST_P(bare_buffer, that_is_not_open_is_closed) {
  for (ssl_streambuf* const b : {new ssl_streambuf, buffer.release()}) {
    const std::unique_ptr<ssl_streambuf> owner(b);
    if (b->is_open()) b->close();
    expect_failure(ssl_errc::closed, [&] { b->sgetc(); });
    expect_failure(ssl_errc::closed, [&] { b->sbumpc(); });
    expect_failure(ssl_errc::closed, [&] { take(*b, 1); });
    expect_failure(ssl_errc::closed, [&] { b->sputc('x'); });
    expect_failure(ssl_errc::closed, [&] { put(*b, "x"); });
    EXPECT_NO_THROW(EXPECT_EQ(b->pubsync(), -1));
    expect_failure(ssl_errc::closed, [&] { b->do_handshake(); });
    expect_failure(ssl_errc::closed, [&] { b->info(); });
    expect_failure(ssl_errc::closed, [&] { b->peer_certificate(); });
    expect_failure(ssl_errc::closed, [&] { b->shutdown_write(); });
    EXPECT_EQ(b->error(), ssl_errc::closed);
  }
}

}  // namespace
}  // namespace iostls
