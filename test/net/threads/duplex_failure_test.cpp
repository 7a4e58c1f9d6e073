// SPDX-License-Identifier: Apache-2.0
// What fails for one thread while another one is waiting for the peer.
#include <atomic>
#include <chrono>
#include <cstdio>
#include <memory>
#include <string>
#include <utility>

#include <gtest/gtest.h>
#include <iostls/iostls.hpp>

#include "dialogue.hpp"
#include "event.hpp"

namespace iostls {
namespace {

using namespace test;
using std::chrono::milliseconds;

// What happens to a transport's calls, once `armed`.
struct mischief {
  std::atomic<bool> armed{false};   // the next read waits for `release`
  std::atomic<bool> spoils{false};  // the next write arrives with another last byte
  std::atomic<bool> breaks{false};  // writing fails with EPIPE, which is a `release`
  event reading, release;
};

class mischievous_transport final : public socket_transport {
 public:
  mischievous_transport(int fd, mischief& m) : socket_transport(fd), mischief_(m) {}

  io_result wait_and_read(void* data, std::size_t size, time_point deadline) noexcept override {
    if (mischief_.armed.exchange(false)) {
      mischief_.reading.happen();
      mischief_.release.wait();
    }
    return socket_transport::wait_and_read(data, size, deadline);
  }

  io_result write_some(const void* data, std::size_t size) noexcept override {
    if (mischief_.breaks) {
      mischief_.release.happen();
      return {0, std::make_error_code(std::errc::broken_pipe)};
    }
    if (!mischief_.spoils.exchange(false)) return socket_transport::write_some(data, size);
    std::string spoiled(static_cast<const char*>(data), size);
    spoiled.back() = static_cast<char>(spoiled.back() ^ 1);
    return socket_transport::write_some(spoiled.data(), size);
  }

 private:
  mischief& mischief_;
};

class duplex_failure : public testing::TestWithParam<variant> {
 protected:
  explicit duplex_failure(milliseconds handshake_limit = std::chrono::seconds(30)) {
    descriptor_pair pair = socket_pair();
    context_options options = stream_options(GetParam().stream, GetParam().version);
    options.handshake_timeout = handshake_limit;
    options.close_timeout = milliseconds(0);
    stream_ =
        make_stream(GetParam().stream,
                    std::make_unique<mischievous_transport>(pair.b.release(), mischief_), options);
    peer_ = std::make_unique<tls_peer>(std::move(pair.a),
                                       peer_of(GetParam().stream, GetParam().version));
  }

  void complete_handshake() {
    task other([this] { EXPECT_TRUE(peer_->handshake()) << peer_->error(); });
    stream_->do_handshake();
  }

  mischief mischief_;
  std::unique_ptr<ssl_stream> stream_;
  std::unique_ptr<tls_peer> peer_;
};

INSTANTIATE_TEST_SUITE_P(, duplex_failure, all_variants(), variant_name);

// The peer has sent an alert and gone; the thread that writes sees only that it has gone.
TEST_P(duplex_failure, of_writing_is_the_alert_that_the_reader_is_about_to_hear) {
  complete_handshake();
  ssl_duplex both(*stream_);
  mischief_.armed = true;
  task reader([&] { EXPECT_EQ(both.in().get(), EOF); });
  ASSERT_TRUE(mischief_.reading.wait());
  mischief_.spoils = true;
  both.out() << "x" << std::flush;
  ASSERT_TRUE(both.out()) << stream_->error().message();
  EXPECT_EQ(peer_->read_some(), "");
  peer_->close();
  mischief_.breaks = true;
  both.out() << "y" << std::flush;
  EXPECT_TRUE(both.out().bad());
  EXPECT_EQ(stream_->error(), ssl_errc::alert_received) << stream_->error().message();
  reader.join();
  EXPECT_TRUE(both.in().bad());
  EXPECT_EQ(stream_->error(), ssl_errc::alert_received) << stream_->error().message();
}

TEST_P(duplex_failure, of_writing_is_told_while_the_reader_hears_nothing) {
  complete_handshake();
  ssl_duplex both(*stream_);
  mischief_.armed = true;
  task reader([&] { EXPECT_EQ(both.in().get(), EOF); });
  ASSERT_TRUE(mischief_.reading.wait());
  mischief_.breaks = true;
  both.out() << "x" << std::flush;
  EXPECT_TRUE(both.out().bad());
  EXPECT_EQ(stream_->error(), std::make_error_condition(std::errc::broken_pipe));
  stream_->cancel();
  reader.join();
}

class hasty_duplex_failure : public duplex_failure {
 protected:
  hasty_duplex_failure() : duplex_failure(milliseconds(50)) {}
};

INSTANTIATE_TEST_SUITE_P(, hasty_duplex_failure, all_variants(), variant_name);

// The peer is silent. One thread waits for it, the other for that thread.
TEST_P(hasty_duplex_failure, to_complete_the_handshake_in_time_is_reported_to_both_threads) {
  ssl_duplex both(*stream_);
  mischief_.armed = true;
  task reader([&] { EXPECT_EQ(both.in().get(), EOF); });
  ASSERT_TRUE(mischief_.reading.wait());
  both.out() << "x" << std::flush;
  EXPECT_TRUE(both.out().bad());
  EXPECT_EQ(stream_->error(), ssl_errc::timed_out) << stream_->error().message();
  mischief_.release.happen();
  reader.join();
  EXPECT_FALSE(both.in().good());
}

}  // namespace
}  // namespace iostls
