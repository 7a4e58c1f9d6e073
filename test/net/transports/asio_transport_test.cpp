// SPDX-License-Identifier: Apache-2.0
// TLS over asio's tcp::iostream, as a program has it that is to keep its sockets.
#include <chrono>
#include <memory>
#include <string>

#include <gtest/gtest.h>
#if __has_include(<asio.hpp>)
#include <asio.hpp>
namespace net = asio;
#else
#include <boost/asio.hpp>
namespace net = boost::asio;
#endif

#include <iostls/ssl_error.hpp>
#include <iostls/ssl_stream.hpp>
#include <iostls/tcp.hpp>
#include <iostls/transport.hpp>

#include "fixture.hpp"
#include "task.hpp"
#include "tls_peer.hpp"

namespace iostls {
namespace {

using namespace test;

class asio_transport : public testing::TestWithParam<tls_version> {
 protected:
  asio_transport() {
    tcp_listener listener("127.0.0.1");
    plain_.connect("127.0.0.1", std::to_string(listener.port()));
    EXPECT_TRUE(plain_) << plain_.error().message();
    peer_ = std::make_unique<tls_peer>(descriptor(listener.accept()), server_peer(GetParam()));
    stream_ = make_stream(role::client, std::make_unique<streambuf_transport>(*plain_.rdbuf()),
                          client_options(GetParam()));
  }

  void handshake() {
    task peer([&] { EXPECT_TRUE(peer_->handshake()) << peer_->error(); });
    EXPECT_NO_THROW(stream_->do_handshake());
  }

  net::ip::tcp::iostream plain_;
  std::unique_ptr<tls_peer> peer_;
  std::unique_ptr<ssl_stream> stream_;
};

INSTANTIATE_TEST_SUITE_P(, asio_transport,
                         testing::Values(tls_version::tls1_2, tls_version::tls1_3),
                         [](const auto& info) { return to_string(info.param); });

TEST_P(asio_transport, carries_a_dialogue) {
  task peer([&] {
    EXPECT_EQ(peer_->read_line(), "hello");
    EXPECT_TRUE(peer_->write("hello yourself\n")) << peer_->error();
    EXPECT_TRUE(peer_->sees_close_notify());
    EXPECT_TRUE(peer_->close_notify());
  });
  std::string line;
  *stream_ << "hello\n";
  EXPECT_TRUE(getline(*stream_, line));
  EXPECT_EQ(line, "hello yourself");
  stream_->shutdown_write();
  EXPECT_FALSE(getline(*stream_, line));
  EXPECT_TRUE(stream_->eof());
  EXPECT_FALSE(stream_->error());
}

TEST_P(asio_transport, carries_much) {
  const std::string text(1 << 20, 'x');
  task peer([&] {
    EXPECT_TRUE(peer_->read_exactly(text.size()) == text);
    EXPECT_TRUE(peer_->write(text)) << peer_->error();
  });
  *stream_ << text << std::flush;
  std::string received(text.size(), '\0');
  EXPECT_TRUE(stream_->read(&received[0], static_cast<std::streamsize>(text.size())));
  EXPECT_TRUE(received == text);
}

TEST_P(asio_transport, end_without_close_notify_is_a_truncation) {
  handshake();
  ASSERT_TRUE(peer_->write("half a "));
  peer_->close();
  std::string line;
  getline(*stream_, line);
  EXPECT_EQ(line, "half a ");
  EXPECT_TRUE(stream_->bad());
  EXPECT_EQ(stream_->error(), ssl_errc::truncated);
}

// asio's streambuf reports the end when its time is up; that must not look like a clean one.
TEST_P(asio_transport, asios_own_deadline_is_no_clean_end) {
  handshake();
  plain_.expires_after(std::chrono::milliseconds(50));
  EXPECT_EQ(stream_->get(), EOF);
  EXPECT_TRUE(stream_->bad());
  EXPECT_TRUE(stream_->error());
}

}  // namespace
}  // namespace iostls
