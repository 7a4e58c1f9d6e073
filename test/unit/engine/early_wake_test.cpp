// SPDX-License-Identifier: Apache-2.0
// A transport whose waits come back early, with nothing: std::errc::operation_would_block.
#include <chrono>
#include <memory>
#include <string>
#include <utility>

#include <gtest/gtest.h>
#include <iostls/iostls.hpp>

#include "immediate_peer.hpp"

namespace iostls {
namespace {

using namespace test;

class early_transport final : public transport {
 public:
  explicit early_transport(std::unique_ptr<transport> inner) : inner_(std::move(inner)) {}

  io_result read_some(void* data, std::size_t size) noexcept override {
    return inner_->read_some(data, size);
  }
  io_result write_some(const void* data, std::size_t size) noexcept override {
    return inner_->write_some(data, size);
  }
  std::error_code wait(event what, time_point deadline) noexcept override {
    return inner_->wait(what, deadline);
  }
  io_result wait_and_read(void* data, std::size_t size, time_point deadline) noexcept override {
    return is_early() ? nothing() : inner_->wait_and_read(data, size, deadline);
  }
  io_result write_or_wait(const void* data, std::size_t size,
                          time_point deadline) noexcept override {
    return is_early() ? nothing() : inner_->write_or_wait(data, size, deadline);
  }
  void shutdown_write() noexcept override { inner_->shutdown_write(); }
  void cancel() noexcept override { inner_->cancel(); }
  std::error_code close() noexcept override { return inner_->close(); }

  bool always = false;

 private:
  // Else each second time.
  bool is_early() noexcept { return always || (is_early_ = !is_early_); }
  static io_result nothing() noexcept {
    return {0, std::make_error_code(std::errc::operation_would_block)};
  }

  const std::unique_ptr<transport> inner_;
  bool is_early_ = false;
};

class early_wake : public testing::TestWithParam<variant> {
 protected:
  early_wake() {
    auto transport = std::make_unique<early_transport>(peer_->make_transport());
    transport_ = transport.get();
    stream_ = make_stream(GetParam().stream, std::move(transport),
                          stream_options(GetParam().stream, GetParam().version));
    stream_->do_handshake();
  }

  const std::shared_ptr<immediate_peer> peer_ =
      std::make_shared<immediate_peer>(peer_of(GetParam().stream, GetParam().version));
  early_transport* transport_ = nullptr;
  std::unique_ptr<ssl_stream> stream_;
};

INSTANTIATE_TEST_SUITE_P(, early_wake, all_variants(), variant_name);

TEST_P(early_wake, makes_no_difference) {
  peer_->on_wait = [this] {
    peer_->received() == "question\n" ? peer_->send("answer\n") : peer_->cut();
    static_cast<void>(peer_->take_received());
  };
  *stream_ << "question" << std::endl;
  std::string line;
  EXPECT_TRUE(std::getline(*stream_, line)) << stream_->error().message();
  EXPECT_EQ(line, "answer");
  stream_->close();
  EXPECT_TRUE(stream_->good()) << stream_->error().message();
  EXPECT_TRUE(peer_->got_close_notify());
}

TEST_P(early_wake, that_never_ceases_ends_with_the_time) {
  transport_->always = true;
  stream_->expires_after(std::chrono::milliseconds(5));
  EXPECT_EQ(stream_->get(), std::char_traits<char>::eof());
  EXPECT_EQ(stream_->error(), ssl_errc::timed_out) << stream_->error().message();
  stream_->clear();
  EXPECT_FALSE(*stream_ << "lost" << std::flush);
  EXPECT_EQ(stream_->error(), ssl_errc::timed_out) << stream_->error().message();
  transport_->always = false;
  peer_->cut();
}

}  // namespace
}  // namespace iostls
