// SPDX-License-Identifier: Apache-2.0
// Ending the output, or the connection, while a message of the peer after the handshake has come only in part:
// OpenSSL makes no close_notify then.
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include <gtest/gtest.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <iostls/iostls.hpp>

#include "blocked_operation.hpp"
#include "dialogue.hpp"
#include "fixture.hpp"
#include "record_forge.hpp"
#include "task.hpp"
#include "thrown.hpp"

namespace iostls {
namespace test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

constexpr int end_of_file = std::char_traits<char>::eof();
constexpr seconds enough{20};
constexpr milliseconds soon{50};
constexpr std::size_t told =
    4;  // at the type and length of a message, OpenSSL begins to process it

// NewSessionTicket: lifetime, age_add, nonce, ticket, extensions.
std::string ticket() {
  const std::string body = std::string("\0\0\0\x3c\0\0\0\1\1n\0\4tick\0\0", 18);
  return std::string("\4\0\0", 3) + static_cast<char>(body.size()) + body;
}

// KeyUpdate that asks for none.
std::string key_update() { return std::string("\x18\0\0\1\0", 5); }

// A stream that has sent a line and what `more` adds, and its peer, which has sent the beginning of a message.
class half_told {
 public:
  half_told(role r, milliseconds close_timeout, descriptor_pair pair = tcp_pair(),
            const std::function<void(ssl_stream&)>& more = {})
      : message_(r == role::client ? ticket() : key_update()),
        peer_(std::move(pair.a), forge_.prepared(peer_of(r, tls_version::tls1_3))) {
    context_options o = stream_options(r, tls_version::tls1_3);
    o.close_timeout = close_timeout;
    stream_ = make_stream(r, std::make_unique<patient_or_not>(pair.b.release(), lingers_), o);
    task shaking([&] { peer_.handshake(); });
    stream_->do_handshake();
    shaking.join();
    forge_.take_over(peer_);
    *stream_ << "before\n" << std::flush;
    if (more) more(*stream_);
    const std::uint64_t before = stream_->counters().records_received;
    forge_.send(record_forge::handshake, message_.substr(0, told));
    while (stream_->counters().records_received == before) {
      EXPECT_FALSE(stream_->wait_readable(milliseconds(20)));
    }
  }
  half_told(const half_told&) = delete;
  half_told& operator=(const half_told&) = delete;
  ~half_told() { peer_.close(); }

  ssl_stream& stream() { return *stream_; }
  tls_peer& peer() { return peer_; }
  void destroy_stream() { stream_.reset(); }
  void do_not_linger() { lingers_ = false; }

  void tell_the_rest() {
    forge_.send(record_forge::handshake, message_.substr(told));
    if (message_ == key_update()) forge_.key_update();  // for its new key
  }
  void say(const std::string& text) { forge_.send(record_forge::data, text); }
  void close_notify() { forge_.send(record_forge::alert, std::string("\1\0", 2)); }

 private:
  class patient_or_not final : public socket_transport {
   public:
    patient_or_not(int fd, const bool& lingers) : socket_transport(fd), lingers_(lingers) {}
    bool lingers() const noexcept override { return lingers_; }

   private:
    const bool& lingers_;
  };

  bool lingers_ = true;
  record_forge forge_;
  const std::string message_;
  tls_peer peer_;
  std::unique_ptr<ssl_stream> stream_;
};

class partial_message : public testing::TestWithParam<role> {};

INSTANTIATE_TEST_SUITE_P(, partial_message, testing::Values(role::server, role::client),
                         [](const auto& p) { return to_string(p.param); });

TEST_P(partial_message, is_completed_before_close_ends) {
  half_told h(GetParam(), enough);
  blocked_operation closing([&] { h.stream().close(); });
  EXPECT_TRUE(closing.is_blocked());
  h.tell_the_rest();
  EXPECT_EQ(h.peer().read_to_end(), "before\n");
  EXPECT_EQ(h.peer().end(), peer_end::close_notify) << h.peer().error();
  h.close_notify();
  h.peer().half_close();
  closing.join();
  EXPECT_TRUE(h.stream().good()) << h.stream().error().message();
  EXPECT_EQ(h.stream().closed_how(), close_result::delivered);
}

TEST_P(partial_message, is_completed_before_the_stream_is_destroyed) {
  half_told h(GetParam(), enough);
  blocked_operation destruction([&] { h.destroy_stream(); });
  EXPECT_TRUE(destruction.is_blocked());
  h.tell_the_rest();
  EXPECT_TRUE(h.peer().sees_close_notify()) << h.peer().error();
  h.peer().half_close();
}

// What was flushed arrives, without a close_notify.
TEST_P(partial_message, that_stays_so_costs_no_output) {
  for (const bool is_local : {false, true}) {
    SCOPED_TRACE(is_local);
    half_told h(GetParam(), soon, is_local ? socket_pair() : tcp_pair());
    h.stream().close();
    EXPECT_TRUE(h.stream().fail());
    EXPECT_EQ(h.stream().error(), ssl_errc::timed_out) << h.stream().error().message();
    EXPECT_EQ(h.stream().closed_how(), close_result::lost);
    EXPECT_EQ(h.peer().read_to_end(), "before\n");
    EXPECT_NE(h.peer().end(), peer_end::close_notify);
  }
}

TEST_P(partial_message, is_waited_for_by_shutdown_write_until_its_timeout) {
  half_told h(GetParam(), soon);
  h.stream().write_timeout(soon);
  h.stream().shutdown_write();
  EXPECT_TRUE(h.stream().bad());
  EXPECT_EQ(h.stream().error(), ssl_errc::timed_out) << h.stream().error().message();
  h.stream().clear();
  h.stream().write_timeout(enough);
  h.tell_the_rest();
  h.stream() << "after\n" << std::flush;
  h.stream().shutdown_write();
  EXPECT_TRUE(h.stream().good()) << h.stream().error().message();
  EXPECT_EQ(h.peer().read_to_end(), "before\nafter\n");
  EXPECT_EQ(h.peer().end(), peer_end::close_notify) << h.peer().error();
  h.say("answer\n");
  std::string line;
  EXPECT_TRUE(std::getline(h.stream(), line)) << h.stream().error().message();
  EXPECT_EQ(line, "answer");
}

TEST_P(partial_message, is_waited_for_by_unwrap_until_its_timeout) {
  half_told h(GetParam(), milliseconds(200));
  const ssl_error e = thrown_by([&] { h.stream().unwrap(); });
  EXPECT_EQ(e.code(), ssl_errc::timed_out) << e.what();
  EXPECT_EQ(e.operation(), "unwrap");
  h.stream().clear();
  h.tell_the_rest();
  h.close_notify();
  h.stream() << "after\n";
  const unwrapped_connection rest = h.stream().unwrap();
  EXPECT_TRUE(rest.transport);
  EXPECT_EQ(h.peer().read_to_end(), "before\nafter\n");
  EXPECT_EQ(h.peer().end(), peer_end::close_notify) << h.peer().error();
}

TEST_P(partial_message, may_come_to_a_thread_that_reads) {
  half_told h(GetParam(), enough);
  std::string line;
  task reading([&] { EXPECT_TRUE(std::getline(h.stream(), line)); });
  blocked_operation ending([&] { h.stream().rdbuf()->shutdown_write(); });
  EXPECT_TRUE(ending.is_blocked());
  h.tell_the_rest();
  ending.join();
  EXPECT_EQ(h.peer().read_to_end(), "before\n");
  EXPECT_EQ(h.peer().end(), peer_end::close_notify) << h.peer().error();
  h.say("answer\n");
  reading.join();
  EXPECT_EQ(line, "answer");
}

TEST_P(partial_message, does_not_keep_a_reading_thread_beyond_the_closing) {
  half_told h(GetParam(), milliseconds(100));
  task reading([&] { EXPECT_EQ(h.stream().get(), end_of_file); });
  EXPECT_EQ(thrown_by([&] { h.stream().rdbuf()->close(); }).code(), ssl_errc::timed_out);
  reading.join();
  EXPECT_EQ(h.peer().read_to_end(), "before\n");
}

TEST_P(partial_message, is_no_matter_of_wake_for_close) {
  half_told h(GetParam(), enough);
  blocked_operation closing([&] { h.stream().close(); });
  EXPECT_TRUE(closing.is_blocked());
  h.stream().wake();
  EXPECT_TRUE(closing.is_blocked());
  h.tell_the_rest();
  EXPECT_TRUE(h.peer().sees_close_notify()) << h.peer().error();
  h.peer().half_close();
  closing.join();
  EXPECT_TRUE(h.stream().good()) << h.stream().error().message();
}

TEST_P(partial_message, is_waited_for_until_cancel) {
  half_told h(GetParam(), enough);
  blocked_operation closing([&] { h.stream().close(); });
  EXPECT_TRUE(closing.is_blocked());
  h.stream().cancel();
  closing.join();
  EXPECT_EQ(h.stream().error(), ssl_errc::canceled) << h.stream().error().message();
}

// It may have no time limit.
TEST_P(partial_message, is_not_waited_for_by_the_destructor_if_the_transport_does_not_linger) {
  half_told h(GetParam(), enough);
  h.do_not_linger();
  const auto began = steady_clock::now();
  h.destroy_stream();
  EXPECT_LT(steady_clock::now() - began, enough / 2);
  EXPECT_EQ(h.peer().read_to_end(), "before\n");
}

// A flush may also be late because the machine is slow.
bool has_room(const ssl_stream& s) {
  pollfd polled = {s.rdbuf()->fd(), POLLOUT, 0};
  return ::poll(&polled, 1, 0) > 0;
}

// Nor does a flush that has timed out cost anything then.
TEST_P(partial_message, keeps_no_destructor_from_sending_the_rest_of_the_output) {
  std::string sent = "before\n";
  const auto fill = [&](ssl_stream& s) {
    s.write_timeout(soon);
    // So much that it does not fit if the system makes some more room later.
    for (int late = 0; late != 10; late += s || has_room(s) ? 0 : 1) {
      s.clear();
      const std::string line = std::to_string(sent.size()) + std::string(4000, ' ') + "\n";
      sent += line;
      s << line << std::flush;
    }
    s.clear();
  };
  half_told h(GetParam(), enough, tcp_pair(8192), fill);
  h.do_not_linger();
  blocked_operation destruction([&] { h.destroy_stream(); });
  EXPECT_TRUE(destruction.is_blocked());
  const std::string received = h.peer().read_to_end();
  EXPECT_TRUE(received == sent) << received.size() << " of " << sent.size();
}

TEST_P(partial_message, that_has_come_is_completed_by_any_destructor) {
  half_told h(GetParam(), enough);
  h.do_not_linger();
  h.tell_the_rest();
  h.destroy_stream();
  EXPECT_TRUE(h.peer().sees_close_notify()) << h.peer().error();
}

TEST_P(partial_message, is_cut_off_by_a_peer_that_leaves) {
  half_told h(GetParam(), enough);
  h.peer().half_close();
  h.stream().close();
  EXPECT_EQ(h.stream().error(), ssl_errc::truncated) << h.stream().error().message();
  EXPECT_EQ(h.stream().closed_how(), close_result::lost);
  EXPECT_EQ(h.peer().read_exactly(7), "before\n");
}

void allow_renegotiation(context_options& o) {
  o.close_timeout = enough;
  o.openssl_commands = {{"Options", "ClientRenegotiation,-NoRenegotiation"}};
}

// A client of TLS 1.2 has begun another handshake.
TEST(renegotiation_under_way, is_finished_before_the_connection_ends) {
  for (const bool closes : {true, false}) {
    SCOPED_TRACE(closes);
    const auto d = started({role::server, tls_version::tls1_2}, allow_renegotiation);
    SSL* const ssl = d->peer().ssl();
    SSL_clear_options(ssl, SSL_OP_NO_RENEGOTIATION);
    task peer([&] {
      EXPECT_EQ(SSL_renegotiate(ssl), 1);
      EXPECT_EQ(SSL_do_handshake(ssl), 1);
      EXPECT_EQ(d->peer().read_to_end(), "");
      EXPECT_EQ(d->peer().end(), peer_end::close_notify) << d->peer().error();
      EXPECT_TRUE(d->peer().close_notify());
      d->peer().half_close();
    });
    ASSERT_TRUE(wait_readable(d->stream().rdbuf()->fd()));
    EXPECT_EQ(d->stream().rdbuf()->in_avail(), 0);  // the hello is taken in, and not answered yet
    closes ? d->stream().close() : d->stream().shutdown_write();
    EXPECT_TRUE(d->stream().good()) << d->stream().error().message();
    peer.join();
    EXPECT_EQ(SSL_num_renegotiations(ssl), 1);
  }
}

}  // namespace
}  // namespace test
}  // namespace iostls
