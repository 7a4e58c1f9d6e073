// SPDX-License-Identifier: Apache-2.0
// Which process may use a stream that was made before a fork(2).
#include <chrono>
#include <memory>
#include <string>

#include <gtest/gtest.h>
#include <unistd.h>
#include <iostls/iostls.hpp>

#include "descriptor.hpp"
#include "event.hpp"
#include "fixture.hpp"
#include "process.hpp"
#include "task.hpp"
#include "tls_peer.hpp"

namespace iostls {
namespace test {
namespace {

// A stream of either end that nobody has used, and a peer that answers a line, once.
class unused_stream : public testing::TestWithParam<role> {
 protected:
  unused_stream() {
    descriptor_pair pair = tcp_pair();
    context_options options = GetParam() == role::server ? server_options() : client_options();
    options.close_timeout = std::chrono::milliseconds(20);  // the peer stays
    stream_ = make_stream(GetParam(), std::move(pair.a), options);
    peer_ = std::make_unique<tls_peer>(std::move(pair.b),
                                       GetParam() == role::server ? client_peer() : server_peer());
  }

  bool is_answered() const {
    std::string line;
    return *stream_ << "are you there?" << std::endl && std::getline(*stream_, line) &&
           line == "yes";
  }

  // Runs beside what uses the stream.
  void expect_a_question() {
    EXPECT_EQ(peer_->read_line(), "are you there?") << peer_->error();
    EXPECT_TRUE(peer_->write("yes\n"));
    EXPECT_TRUE(peer_->sees_close_notify()) << peer_->error();
  }

  // A child whose parent runs no other thread yet.
  template <class Body>
  void in_child(Body body) {
    EXPECT_EQ(run_in_child([&] { return body() ? 0 : 1; }), (child_result{0, 0}));
  }

  std::unique_ptr<ssl_stream> stream_;
  std::unique_ptr<tls_peer> peer_;
};

TEST_P(unused_stream, may_be_used_by_the_child) {
  child_process child([this] {
    const bool answered = is_answered();
    stream_->close();
    return answered && stream_->good() ? 0 : 1;
  });
  stream_.reset();  // the parent's copy
  expect_a_question();
  EXPECT_EQ(child.result(), (child_result{0, 0}));
}

TEST_P(unused_stream, may_be_closed_by_the_parent_while_the_child_uses_it) {
  child_process child([this] {
    const bool answered = is_answered();
    stream_.reset();
    return answered ? 0 : 1;
  });
  stream_->close();
  expect_a_question();
  EXPECT_EQ(child.result(), (child_result{0, 0}));
}

TEST_P(unused_stream, may_be_canceled_by_the_parent_while_the_child_uses_it) {
  int canceled[2];
  ASSERT_EQ(::pipe(canceled), 0);
  const descriptor hears(canceled[0]), sender(canceled[1]);
  child_process child([&] {
    char c = 0;
    if (::read(hears.get(), &c, 1) != 1) return 2;
    const bool answered = is_answered();
    stream_.reset();
    return answered ? 0 : 1;
  });
  stream_->cancel();
  EXPECT_EQ(::write(sender.get(), "c", 1), 1);
  expect_a_question();
  EXPECT_EQ(child.result(), (child_result{0, 0}));
  EXPECT_FALSE(*stream_ << "x" << std::flush);
  EXPECT_EQ(stream_->error(), ssl_errc::canceled);
}

TEST_P(unused_stream, may_be_used_by_the_parent_after_the_child_has_left_it) {
  for (const bool closes : {false, true}) {
    in_child([this, closes] {
      if (closes) stream_->close();
      stream_.reset();
      return true;
    });
  }
  task peer([this] { expect_a_question(); });
  EXPECT_TRUE(is_answered());
  stream_->close();
  EXPECT_TRUE(stream_->good());
}

TEST_P(unused_stream, is_the_parents_once_it_has_begun) {
  task peer([this] { expect_a_question(); });
  stream_->do_handshake();
  in_child([this] {
    const bool answered = is_answered();
    const bool refused = stream_->bad() && stream_->error() == ssl_errc::closed;
    stream_.reset();
    return !answered && refused;
  });
  EXPECT_TRUE(is_answered());
  stream_->close();
}

TEST_P(unused_stream, is_the_childs_own_child_s_to_refuse) {
  child_process child([this] {
    stream_->do_handshake();
    child_process grandchild([this] { return is_answered() ? 1 : 0; });
    const bool refused = grandchild.result() == child_result{0, 0};
    return is_answered() && refused ? 0 : 1;
  });
  stream_.reset();
  peer_->handshake();
  EXPECT_EQ(peer_->read_line(), "are you there?");
  EXPECT_TRUE(peer_->write("yes\n"));
  EXPECT_EQ(child.result(), (child_result{0, 0}));
}

// Takes its time to be canceled.
class slow_transport : public socket_transport {
 public:
  slow_transport(int fd, test::event& begun, test::event& goes_on)
      : socket_transport(fd), begun_(begun), goes_on_(goes_on) {}
  void cancel() noexcept override {
    begun_.happen();
    EXPECT_TRUE(goes_on_.wait());
    socket_transport::cancel();
  }

 private:
  test::event &begun_, &goes_on_;
};

TEST(inherited_stream, is_destroyed_though_a_thread_of_the_parent_was_canceling_it) {
  event begun, goes_on;
  descriptor_pair pair = socket_pair();
  auto transport = std::make_unique<slow_transport>(pair.a.release(), begun, goes_on);
  std::unique_ptr<ssl_stream> stream =
      make_stream(role::client, std::move(transport), client_options());
  EXPECT_EQ(stream->rdbuf()->in_avail(), 0);  // from now on it is this process's
  task canceling([&] { stream->cancel(); });
  EXPECT_TRUE(begun.wait());
  EXPECT_EQ(run_in_child([&] {
              alarm(5);
              stream.reset();
              return 0;
            }),
            (child_result{0, 0}));
  goes_on.happen();
}

INSTANTIATE_TEST_SUITE_P(, unused_stream, testing::Values(role::server, role::client),
                         [](const auto& info) { return to_string(info.param); });

}  // namespace
}  // namespace test
}  // namespace iostls
