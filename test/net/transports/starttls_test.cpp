// SPDX-License-Identifier: Apache-2.0
// A server that turns a connection which began in plaintext into one under TLS.
#include <memory>
#include <stdexcept>
#include <string>

#include <gtest/gtest.h>
#include <sys/ioctl.h>

#include <iostls/ssl_error.hpp>
#include <iostls/ssl_stream.hpp>
#include <iostls/transport.hpp>

#include "descriptor.hpp"
#include "fixture.hpp"
#include "plain_stream.hpp"
#include "task.hpp"
#include "tls_peer.hpp"

namespace iostls {
namespace {

using namespace test;

// Up to the command; the descriptor becomes the plain stream's.
class starttls : public testing::TestWithParam<tls_version> {
 protected:
  // Has a client send so much in plaintext, and the server read its first line.
  void hear(const std::string& said) {
    ASSERT_TRUE(write_raw(pair_.a.get(), said));
    // All of it is there before the server reads, so that it sees it in one piece.
    wait_for_input(said.size());
    ASSERT_TRUE(getline(plain_, command_));
  }

  void wait_for_input(std::size_t size) {
    int there = 0;
    while (static_cast<std::size_t>(there) < size) {
      ASSERT_TRUE(wait_readable(plain_.fd()));
      ASSERT_EQ(::ioctl(plain_.fd(), FIONREAD, &there), 0);
    }
  }

  // As a server does that has read the command, by the rules of plain_stream.
  std::unique_ptr<ssl_stream> upgrade() {
    plain_ << "go" << std::endl;
    plain_.require_all_read();
    auto stream = std::make_unique<ssl_server_stream>(plain_.fd(), server_options(GetParam()));
    plain_.release();
    return stream;
  }

  // Without taking the descriptor: TLS goes through the plain stream's buffer.
  std::unique_ptr<ssl_stream> wrap() {
    plain_ << "go" << std::endl;
    return std::make_unique<ssl_server_stream>(
        std::make_unique<streambuf_transport>(*plain_.rdbuf()), server_options(GetParam()));
  }

  // The client goes on under TLS, after the answer.
  std::unique_ptr<tls_peer> go_on() {
    EXPECT_EQ(read_raw(pair_.a.get(), 3), "go\n");
    return std::make_unique<tls_peer>(std::move(pair_.a), client_peer(GetParam()));
  }

  descriptor_pair pair_ = tcp_pair();
  example::plain_stream plain_{pair_.b.release()};
  std::string command_;
};

INSTANTIATE_TEST_SUITE_P(, starttls, testing::Values(tls_version::tls1_2, tls_version::tls1_3),
                         [](const auto& info) { return to_string(info.param); });

void converse(ssl_stream& stream, tls_peer& peer) {
  task client([&] {
    EXPECT_TRUE(peer.write("hello\n")) << peer.error();
    EXPECT_EQ(peer.read_line(), "hello yourself");
    EXPECT_TRUE(peer.close_notify());
    EXPECT_TRUE(peer.sees_close_notify());
    peer.half_close();
  });
  std::string line;
  EXPECT_TRUE(getline(stream, line));
  stream << line << " yourself" << std::endl;
  EXPECT_FALSE(getline(stream, line));
  EXPECT_TRUE(stream.eof());
  stream.clear();
  stream.close();
  EXPECT_FALSE(stream.error()) << stream.last_error()->what();
}

TEST_P(starttls, connection_goes_on_under_tls) {
  hear("STARTTLS\n");
  EXPECT_EQ(command_, "STARTTLS");
  const auto stream = upgrade();
  const auto peer = go_on();
  converse(*stream, *peer);
}

TEST_P(starttls, command_that_was_appended_in_clear_is_refused) {
  hear("STARTTLS\nMAIL FROM:<evil>\n");
  EXPECT_THROW(upgrade(), std::runtime_error);
  EXPECT_GE(plain_.fd(), 0);
}

TEST_P(starttls, command_that_comes_later_in_clear_fails_the_handshake) {
  hear("STARTTLS\n");
  const auto stream = upgrade();
  ASSERT_TRUE(write_raw(pair_.a.get(), "MAIL FROM:<evil>\n"));
  std::string line;
  EXPECT_FALSE(getline(*stream, line));
  EXPECT_EQ(line, "");
  EXPECT_EQ(stream->error(), ssl_errc::protocol_error);
  pair_.a.reset();
}

TEST_P(starttls, command_that_was_appended_is_not_taken_for_tls_by_a_streambuf_either) {
  hear("STARTTLS\nMAIL FROM:<evil>\n");
  const auto stream = wrap();
  std::string line;
  EXPECT_FALSE(getline(*stream, line));
  EXPECT_EQ(line, "");
  EXPECT_EQ(stream->error(), ssl_errc::protocol_error);
}

// A client that waits for no answer may begin TLS in the segment that has the command. The plain
// stream has then read too much, which reaches TLS through the streambuf.
TEST_P(starttls, streambuf_hands_over_what_it_has_read_ahead) {
  ASSERT_TRUE(write_raw(pair_.a.get(), "STARTTLS\n"));
  tls_peer peer(std::move(pair_.a), client_peer(GetParam()));
  task client([&] { EXPECT_TRUE(peer.handshake()) << peer.error(); });
  wait_for_input(100);
  ASSERT_TRUE(getline(plain_, command_));
  ASSERT_GT(plain_.rdbuf()->in_avail(), 0);
  ssl_server_stream stream(std::make_unique<streambuf_transport>(*plain_.rdbuf()),
                           server_options(GetParam()));
  EXPECT_NO_THROW(stream.do_handshake());
  client.join();
  converse(stream, peer);
}

}  // namespace
}  // namespace iostls
