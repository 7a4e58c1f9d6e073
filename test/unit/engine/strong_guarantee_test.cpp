// SPDX-License-Identifier: Apache-2.0
// A constructor that throws has changed nothing.
#include <chrono>
#include <memory>
#include <string>

#include <gtest/gtest.h>
#include <iostls/iostls.hpp>

#include "descriptor.hpp"
#include "fixture.hpp"
#include "process.hpp"
#include "task.hpp"
#include "tls_peer.hpp"

namespace iostls {
namespace test {
namespace {

class refused_duplex : public testing::TestWithParam<std::ios::iostate> {
 protected:
  refused_duplex() : pair_(socket_pair()), peer_(std::move(pair_.a), server_peer()) {
    task peer([this] { EXPECT_TRUE(peer_.handshake()); });
    context_options options = client_options();
    options.close_timeout = std::chrono::milliseconds(20);  // the peer stays
    stream_ = std::make_unique<ssl_client_stream>(pair_.b.get(), options);
    pair_.b.release();
    stream_->do_handshake();
  }

  descriptor_pair pair_;
  tls_peer peer_;
  std::unique_ptr<ssl_client_stream> stream_;
};

// Each bit that stands in the state when the views are made.
TEST_P(refused_duplex, leaves_the_stream_as_it_was) {
  try {
    stream_->setstate(GetParam());
    stream_->exceptions(GetParam());
  } catch (const std::ios::failure&) {
  }
  EXPECT_THROW(ssl_duplex views(*stream_), std::ios::failure);
  EXPECT_EQ(stream_->rdstate(), GetParam());
  stream_->clear();
  task answering([this] {
    EXPECT_EQ(peer_.read_line(), "are you there?");
    EXPECT_TRUE(peer_.write("yes\n"));
  });
  *stream_ << "are you there?\n";
  std::string line;
  EXPECT_TRUE(std::getline(*stream_, line));  // which flushes, as it did before
  EXPECT_EQ(line, "yes");
  ssl_duplex views(*stream_);
  EXPECT_TRUE(views.out() << "again" << std::flush);
}

INSTANTIATE_TEST_SUITE_P(, refused_duplex,
                         testing::Values(std::ios::badbit, std::ios::eofbit, std::ios::failbit));

// The latest operation on the stream reports its own state, not that of views which never were.
TEST_F(refused_duplex, does_not_get_the_failures_of_the_stream) {
  stream_->setstate(std::ios::eofbit);
  EXPECT_THROW(stream_->exceptions(std::ios::eofbit), std::ios::failure);
  EXPECT_THROW(ssl_duplex views(*stream_), std::ios::failure);
  stream_->clear();
  peer_.reset();
  EXPECT_THROW(
      {
        stream_->exceptions(std::ios::badbit);
        stream_->get();
      },
      ssl_error);
  EXPECT_TRUE(stream_->bad());
}

// Neither of them can be without what it shares.
TEST(moved_from, contexts_and_ticket_keys_are_copies) {
  ssl_context context = ssl_context::server(server_options());
  const ssl_context moved(std::move(context));
  EXPECT_TRUE(context.is_server());  // NOLINT(bugprone-use-after-move): what is tested
  EXPECT_NO_THROW(context.reload());
  ticket_key key = ticket_key::random();
  ticket_key other = std::move(key);
  EXPECT_EQ(key.data(), other.data());  // NOLINT(bugprone-use-after-move)
  other = std::move(key);
  EXPECT_FALSE(key.is_path());  // NOLINT(bugprone-use-after-move)
}

}  // namespace
}  // namespace test
}  // namespace iostls
