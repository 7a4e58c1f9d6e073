// SPDX-License-Identifier: Apache-2.0
// How much is read from the transport at once, and what becomes of the memory for it.
#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <system_error>

#include <gtest/gtest.h>
#include <openssl/bio.h>

#include <iostls/transport.hpp>

#include "engine/transport_bio.hpp"
#include "system/buffer_memory.hpp"

namespace iostls {
namespace {

using namespace detail;

constexpr std::size_t little = 5000;

// Has so many bytes at each call, and remembers how many were asked for.
class source : public transport {
 public:
  io_result read_some(void* data, std::size_t size) noexcept override {
    asked = size;
    const std::size_t count = std::min(size, available);
    std::memset(data, 'x', count);
    return {count, {}};
  }
  io_result write_some(const void*, std::size_t size) noexcept override { return {size, {}}; }
  std::error_code wait(event, time_point) noexcept override { return {}; }
  void shutdown_write() noexcept override {}
  void cancel() noexcept override {}
  std::error_code close() noexcept override { return {}; }

  std::size_t available = 0;
  std::size_t asked = 0;
};

class read_ahead : public testing::Test {
 protected:
  read_ahead() : below_(bio_.new_bio(), BIO_free) { bio_.attach(&transport_); }

  // Reads until all that is there at the time has been taken.
  void take(std::size_t available) {
    transport_.available = available;
    bio_.poll_again();
    bio_.begin_portion();
    char byte = 0;
    do {
      ASSERT_EQ(BIO_read(below_.get(), &byte, 1), 1);
      ASSERT_EQ(byte, 'x');
    } while (bio_.has_input());
  }

  source transport_;
  transport_bio bio_;
  std::unique_ptr<BIO, int (*)(BIO*)> below_;
};

TEST_F(read_ahead, of_a_quiet_connection_takes_little_memory) {
  take(100);
  EXPECT_LE(transport_.asked, little);
  take(100);
  EXPECT_LE(transport_.asked, little);
}

TEST_F(read_ahead, of_small_messages_takes_less_than_that_of_a_handshake) {
  const std::size_t first = bio_.ahead_size();
  EXPECT_GE(first, 4u * 1024);
  for (int i = 0; i != 2; ++i) take(100);
  EXPECT_LE(transport_.asked, 1032u);  // malloc(3) of glibc has blocks of up to this size ready
  take(2000);
  EXPECT_EQ(bio_.ahead_size(), first);
}

TEST_F(read_ahead, of_a_busy_connection_takes_four_records_at_once) {
  for (int i = 0; i != 5; ++i) take(1000000);
  EXPECT_GE(transport_.asked, 4u * 16 * 1024);
}

TEST_F(read_ahead, of_a_connection_that_was_busy_takes_little_again) {
  for (int i = 0; i != 5; ++i) take(1000000);
  for (int i = 0; i != 5; ++i) take(100);
  EXPECT_LE(transport_.asked, little);
}

TEST_F(read_ahead, of_one_full_record_at_a_time_is_one_read) {
  constexpr std::size_t record = 16 * 1024 + 22;
  for (int i = 0; i != 3; ++i) take(record);
  EXPECT_GT(transport_.asked, record);
  EXPECT_LT(transport_.asked, 2 * record);
}

TEST_F(read_ahead, does_not_ask_again_after_a_read_that_came_back_short) {
  take(100);
  transport_.asked = 0;
  char byte = 0;
  EXPECT_LT(BIO_read(below_.get(), &byte, 1), 1);
  EXPECT_TRUE(BIO_should_retry(below_.get()));
  EXPECT_EQ(transport_.asked, 0u);
}

TEST_F(read_ahead, of_one_call_of_openssl_comes_to_an_end) {
  transport_.available = 1000000;
  bio_.poll_again();
  std::size_t taken = 0;
  const auto take_all = [&] {
    bio_.begin_portion();
    std::array<char, 1000> some{};
    for (int n = 1; n > 0; taken += n > 0 ? n : 0) {
      n = BIO_read(below_.get(), some.data(), static_cast<int>(some.size()));
    }
    return BIO_should_retry(below_.get()) != 0;
  };
  for (std::size_t before = 0; before < 4 * large_buffer_size; before = taken) {
    ASSERT_TRUE(take_all());
    ASSERT_GT(taken, before);
    ASSERT_LE(taken - before, 2 * large_buffer_size);
  }
}

class kept_buffers : public testing::TestWithParam<std::size_t> {};

TEST_P(kept_buffers, are_used_again) {
  buffer_memory first = make_buffer(GetParam());
  const char* const where = first.get();
  first.reset();
  EXPECT_EQ(make_buffer(GetParam() - 100).get(), where);
}

INSTANTIATE_TEST_SUITE_P(of_one_record, kept_buffers, testing::Values(large_buffer_size / 4));
INSTANTIATE_TEST_SUITE_P(of_four_records, kept_buffers, testing::Values(large_buffer_size));

TEST(kept_buffers_of_one_record, take_no_memory_for_four) {
  EXPECT_LT(make_buffer(16 * 1024 + 512).get_deleter().capacity, 2u * 16 * 1024);
}

TEST(large_buffers, of_more_than_are_kept_are_as_good) {
  std::array<buffer_memory, 20> many;
  for (int round = 0; round != 2; ++round) {
    for (buffer_memory& one : many) {
      one = make_buffer(large_buffer_size);
      ASSERT_EQ(one.get_deleter().capacity, large_buffer_size);
      std::memset(one.get(), round, large_buffer_size);
    }
    for (buffer_memory& one : many) one.reset();
  }
}

TEST(large_buffers, of_other_sizes_are_of_that_size) {
  for (const std::size_t size : {std::size_t{1}, std::size_t{4096}, 2 * large_buffer_size}) {
    EXPECT_EQ(make_buffer(size).get_deleter().capacity, size);
  }
}

}  // namespace
}  // namespace iostls
