// SPDX-License-Identifier: Apache-2.0
// What another thread does while one is in the middle of a block that it writes.
#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include <gtest/gtest.h>
#include <iostls/iostls.hpp>

#include "engine/engine.hpp"
#include "engine/operation_guard.hpp"
#include "immediate_peer.hpp"
#include "task.hpp"
#include "thrown.hpp"

namespace iostls {
namespace {

using namespace test;
using clock = std::chrono::steady_clock;

class interrupted_block : public testing::TestWithParam<variant> {
 protected:
  const std::string block_ = numbered_bytes(1000000);  // many records
};

INSTANTIATE_TEST_SUITE_P(, interrupted_block, all_variants(), variant_name);

TEST_P(interrupted_block, ends_with_the_failure_that_a_reader_meets) {
  const auto d = in_conversation(GetParam());
  ssl_duplex both(*d->stream);
  bool is_first = true;
  d->wire->on_write = [&](std::uint64_t) {
    if (!std::exchange(is_first, false)) return fault();
    d->peer.break_input(std::errc::connection_reset);
    task reader([&] { EXPECT_EQ(both.in().get(), std::char_traits<char>::eof()); });
    return fault();
  };
  EXPECT_FALSE(both.out() << block_);
  EXPECT_EQ(d->stream->error(), std::errc::connection_reset) << d->stream->error().message();
  EXPECT_LT(d->peer.received().size(), block_.size());
  EXPECT_FALSE(d->peer.got_close_notify());
}

// What is there of it must not look like all of it. Streams leave closing to the thread that writes, so
// that this is about what they are made of.
TEST_P(interrupted_block, is_cut_off_by_close) {
  const auto peer =
      std::make_shared<immediate_peer>(peer_of(GetParam().stream, GetParam().version));
  const auto wire = std::make_shared<transport_script>();
  connection_options own;
  own.close_timeout = std::chrono::minutes(1);
  detail::engine connection(make_context(GetParam()), own);
  connection.open(faulty_transport(peer->make_transport(), wire));
  connection.handshake();
  std::unique_ptr<task> closing;
  wire->on_write = [&](std::uint64_t) {
    if (closing) return fault();
    closing = std::make_unique<task>([&] {
      EXPECT_EQ(
          thrown_by([&] { connection.close(nullptr, 0, detail::close_kind::asked_for); }).code(),
          ssl_errc::closed);
    });
    const clock::time_point limit = clock::now() + std::chrono::seconds(10);
    while (connection.is_open() && clock::now() < limit) std::this_thread::yield();
    return fault();
  };
  std::size_t put = 0;
  const auto writing = [&] {
    detail::engine::operation_guard v(connection, "write");
    connection.write(v, block_.data(), block_.size(), put);
  };
  EXPECT_EQ(thrown_by(writing).code(), ssl_errc::closed);
  closing->join();
  EXPECT_LT(put, block_.size());
  EXPECT_LE(peer->received().size(), put);
  EXPECT_FALSE(peer->got_close_notify());
}

// A thread that reads sends its own output first. If another thread is sending, that one takes it along:
// the peer may be waiting for this one to read.
TEST_P(interrupted_block, takes_along_what_a_thread_that_reads_has_to_send) {
  const auto peer =
      std::make_shared<immediate_peer>(peer_of(GetParam().stream, GetParam().version));
  const auto wire = std::make_shared<transport_script>();
  const std::string answer = "the answer of the thread that reads";
  bool is_first = true;  // is used until the connection has ended
  detail::engine connection(make_context(GetParam()), {});
  connection.open(faulty_transport(peer->make_transport(), wire));
  connection.handshake();
  wire->on_write = [&](std::uint64_t) {
    if (!std::exchange(is_first, false)) return fault();
    task reader([&] {
      std::size_t put = 0;
      detail::engine::operation_guard v(connection, "read");
      connection.write_at_once(v, answer.data(), answer.size(), put);
      EXPECT_EQ(put, answer.size());
      EXPECT_NO_THROW(connection.flush_written(v, clock::now() + std::chrono::seconds(10)));
    });
    return fault();
  };
  std::size_t put = 0;
  {
    detail::engine::operation_guard v(connection, "write");
    connection.write(v, block_.data(), 1000, put);
    connection.flush(v);
  }
  EXPECT_EQ(peer->received(), block_.substr(0, 1000) + answer);
}

}  // namespace
}  // namespace iostls
