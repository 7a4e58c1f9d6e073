// SPDX-License-Identifier: Apache-2.0
// A peer that is faster than we are, and sends what is no data. There is always more of it, so that
// nothing ever has to wait. Some of it asks for answers.
#include <chrono>
#include <string>

#include <gtest/gtest.h>
#include <iostls/iostls.hpp>

#include "immediate_peer.hpp"

namespace iostls {
namespace {

using namespace test;
using std::chrono::milliseconds;
using clock = std::chrono::steady_clock;

constexpr auto eof = std::char_traits<char>::eof();

// Takes far longer than the deadlines below on any machine.
constexpr int many_updates = 8000;

std::unique_ptr<duologue> flooded(role stream) {
  auto d = in_conversation({stream, tls_version::tls1_3});
  for (int i = 0; i != many_updates; ++i) d->peer.update_key();
  d->peer.send("x");
  return d;
}

class flood : public testing::TestWithParam<role> {};

INSTANTIATE_TEST_SUITE_P(, flood, testing::Values(role::server, role::client), [](const auto& p) {
  return p.param == role::server ? "server" : "client";
});

TEST_P(flood, does_not_outlast_a_deadline) {
  const auto d = flooded(GetParam());
  d->buffer().expires_at(clock::now() + milliseconds(5));
  EXPECT_EQ(d->stream->get(), eof);
  EXPECT_EQ(d->stream->error(), ssl_errc::timed_out) << d->stream->error().message();
}

TEST_P(flood, costs_no_data) {
  const auto d = flooded(GetParam());
  EXPECT_EQ(d->stream->get(), 'x');
  d->peer.cut();
}

// A thread that polls for input, or writes, is not held up for long.
TEST_P(flood, is_taken_in_by_portions) {
  const auto d = flooded(GetParam());
  EXPECT_EQ(d->buffer().in_avail(), 0);
  const std::uint64_t taken = d->wire->bytes_read;
  EXPECT_EQ(d->buffer().in_avail(), 0);
  EXPECT_GT(d->wire->bytes_read, taken);
}

class answers : public testing::TestWithParam<role> {
 protected:
  static constexpr int many = 9000;

  static std::unique_ptr<duologue> asked(int times = many) {
    auto d = in_conversation({GetParam(), tls_version::tls1_3});
    d->buffer().flush_on_read(false);
    for (int i = 0; i != times; ++i) d->peer.update_key(SSL_KEY_UPDATE_REQUESTED);
    d->peer.send("x");
    return d;
  }
};

INSTANTIATE_TEST_SUITE_P(, answers, testing::Values(role::server, role::client), [](const auto& p) {
  return p.param == role::server ? "server" : "client";
});

// Each answer takes more than twenty bytes. A thread that reads leaves sending to another one, but
// not when so much has gathered.
TEST_P(answers, to_requests_for_new_keys_do_not_pile_up) {
  const auto d = asked();
  const std::uint64_t before = d->wire->bytes_written;
  EXPECT_EQ(d->stream->get(), 'x') << d->stream->error().message();
  EXPECT_GT(d->wire->bytes_written - before, 20u * many / 2);
}

// A reader that never has to wait does not get to sending either.
TEST_P(answers, to_requests_between_data_do_not_pile_up) {
  const auto d = in_conversation({GetParam(), tls_version::tls1_3});
  for (int i = 0; i != many; ++i) {
    d->peer.update_key(SSL_KEY_UPDATE_REQUESTED);
    d->peer.send("x");
  }
  const std::uint64_t before = d->wire->bytes_written;
  EXPECT_EQ(take(d->buffer(), many), std::string(many, 'x'));
  EXPECT_FALSE(d->stream->error()) << d->stream->error().message();
  EXPECT_GT(d->wire->bytes_written - before, 20u * many / 2);
}

TEST_P(answers, that_nobody_takes_end_with_the_time_for_reading) {
  const auto d = asked();
  d->peer.block_output();
  d->buffer().expires_at(clock::now() + std::chrono::seconds(100));  // nobody waits for that here
  EXPECT_EQ(d->stream->get(), eof);
  EXPECT_EQ(d->stream->error(), ssl_errc::timed_out) << d->stream->error().message();
}

TEST_P(answers, that_cannot_be_sent_end_the_connection_of_who_only_looks) {
  const auto d = asked(3 * many);
  d->peer.block_output();
  for (int i = 0; i != 100 && d->buffer().in_avail() == 0; ++i) {
  }
  EXPECT_EQ(d->stream->get(), eof);
  EXPECT_EQ(d->stream->error(), ssl_errc::protocol_error) << d->stream->error().message();
}

TEST_P(answers, that_cannot_be_sent_any_more_are_dropped) {
  const auto d = asked();
  d->peer.break_output(std::errc::broken_pipe);
  EXPECT_FALSE(*d->stream << "lost" << std::flush);
  d->stream->clear();
  EXPECT_EQ(d->stream->get(), 'x') << d->stream->error().message();
}

TEST_P(answers, that_cannot_be_sent_any_more_are_dropped_however_many_they_are) {
  const auto d = asked(0);
  EXPECT_EQ(d->stream->get(), 'x');
  d->peer.break_output(std::errc::broken_pipe);
  EXPECT_FALSE(*d->stream << "lost" << std::flush);
  d->stream->clear();
  for (int i = 0; i != 4 * many; ++i) {
    d->peer.update_key(SSL_KEY_UPDATE_REQUESTED);
    d->peer.send("y");
  }
  EXPECT_EQ(take(d->buffer(), 4 * many), std::string(4 * many, 'y'));
  EXPECT_FALSE(d->stream->error() == ssl_errc::protocol_error) << d->stream->error().message();
}

}  // namespace
}  // namespace iostls
