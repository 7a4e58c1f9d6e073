// SPDX-License-Identifier: Apache-2.0
// What OpenSSL gets from a transport, and when the transport is asked.
#include "engine/transport_bio.hpp"

#include <memory>
#include <string>
#include <utility>

#include <gtest/gtest.h>
#include <openssl/bio.h>

#include "memory_transport.hpp"
#include "openssl/openssl_ptr.hpp"

namespace iostls {
namespace {

using namespace test;

class transport_bio : public testing::Test {
 protected:
  transport_bio() : transport_(faulty_transport(std::move(ends_.a), script_)) {
    input_.attach(transport_.get());
    input_.poll_again();
  }

  void arrive(const std::string& data) {
    EXPECT_EQ(ends_.b->write_some(data.data(), data.size()).count, data.size());
  }

  // What OpenSSL gets of up to so many bytes; "" if it shall ask again later.
  std::string get(std::size_t most) {
    std::string data(most, '\0');
    std::size_t got = 0;
    const int ret = BIO_read_ex(bio_.get(), &data[0], most, &got);
    EXPECT_EQ(ret == 1, got != 0);
    EXPECT_NE(BIO_should_retry(bio_.get()) != 0, got != 0);
    data.resize(got);
    return data;
  }

  std::shared_ptr<transport_script> script_ = std::make_shared<transport_script>();
  memory_pair ends_ = memory_pipe(1 << 20);
  std::unique_ptr<transport> transport_;
  detail::transport_bio input_;
  detail::openssl_ptr<BIO, BIO_free_all> bio_{input_.new_bio()};
};

TEST_F(transport_bio, hands_out_what_was_read_ahead_without_asking_again) {
  arrive("hello, world");
  EXPECT_EQ(get(5), "hello");
  EXPECT_EQ(script_->reads, 1u);
  EXPECT_EQ(get(100), ", world");
  EXPECT_EQ(script_->reads, 1u);
}

TEST_F(transport_bio, does_not_ask_a_transport_again_that_came_up_short) {
  EXPECT_EQ(get(1), "");
  arrive("x");
  EXPECT_EQ(get(1), "");
  EXPECT_EQ(script_->reads, 1u);
  input_.poll_again();
  EXPECT_EQ(get(1), "x");
}

// Another thread is filling what was read ahead, and reading from the transport.
TEST_F(transport_bio, touches_nothing_while_another_thread_is_receiving) {
  arrive("hello");
  EXPECT_EQ(get(1), "h");
  arrive("world");
  input_.set_busy(true);
  input_.poll_again();
  EXPECT_FALSE(input_.has_input());
  EXPECT_EQ(get(100), "");
  EXPECT_EQ(script_->reads, 1u);
  input_.set_busy(false);
  EXPECT_EQ(get(100), "ello");
  EXPECT_EQ(get(100), "world");
}

TEST_F(transport_bio, gives_a_flood_in_portions) {
  const std::size_t flood = 1 << 20;
  arrive(std::string(flood, 'x'));
  input_.begin_portion();
  std::size_t portion = 0;
  for (std::size_t got = 1; got != 0; portion += got) got = get(16384).size();
  EXPECT_GT(portion, 0u);
  EXPECT_LT(portion, flood);
  EXPECT_EQ(get(1), "");
  input_.begin_portion();
  EXPECT_EQ(get(1), "x");
}

TEST_F(transport_bio, lets_input_that_was_recorded_be_read_again) {
  input_.start_recording();
  arrive("hello, world");
  EXPECT_EQ(get(5), "hello");
  EXPECT_EQ(input_.recorded(), "hello");
  input_.replay();
  EXPECT_EQ(get(100), "hello, world");
  EXPECT_EQ(input_.recorded(), "");
}

// The peer determines how much of it there is.
TEST_F(transport_bio, records_no_more_than_a_limit) {
  const std::string block(16 * 1024, 'x');
  input_.start_recording();
  for (std::size_t size = 0; size <= detail::transport_bio::most_recorded; size += block.size()) {
    EXPECT_FALSE(input_.has_lost_record());
    EXPECT_EQ(input_.recorded().size(), size);
    arrive(block);
    input_.poll_again();
    input_.begin_portion();
    std::size_t left = block.size();
    while (left != 0) left -= get(left).size();
  }
  EXPECT_TRUE(input_.has_lost_record());
  EXPECT_EQ(input_.recorded(), "");
}

}  // namespace
}  // namespace iostls
