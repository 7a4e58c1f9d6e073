// SPDX-License-Identifier: Apache-2.0
// TLS is ended on a connection that goes on in plaintext.
#include <chrono>
#include <memory>
#include <string>

#include <gtest/gtest.h>
#include <openssl/ssl.h>
#include <iostls/iostls.hpp>

#include "blocked_operation.hpp"
#include "dialogue.hpp"
#include "process.hpp"
#include "relay.hpp"
#include "socket_calls.hpp"
#include "thrown.hpp"

namespace iostls {
namespace {

using namespace test;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr int end_of_file = std::char_traits<char>::eof();

dialogue::tuning within(milliseconds limit) {
  return [=](context_options& o) { o.close_timeout = limit; };
}

dialogue::tuning patient() { return within(seconds(20)); }

void expect_busy(const ssl_error& e, const std::string& words) {
  EXPECT_EQ(e.code(), std::errc::device_or_resource_busy) << e.what();
  EXPECT_EQ(e.operation(), "unwrap");
  EXPECT_TRUE(mentions(e, words)) << e.what();
}

// What the peer sends in plaintext, wherever it is.
std::string plaintext(const unwrapped_connection& rest, std::size_t size) {
  set_timeouts(rest.fd, seconds(5));
  return rest.input + (rest.input.size() < size ? read_raw(rest.fd, size - rest.input.size()) : "");
}

class unwrapping : public testing::TestWithParam<variant> {
 protected:
  std::unique_ptr<dialogue> talk(const dialogue::tuning& tune = patient(),
                                 descriptor_pair pair = tcp_pair()) {
    return started(GetParam(), tune, std::move(pair));
  }
};

INSTANTIATE_TEST_SUITE_P(, unwrapping, all_variants(), variant_name);

TEST_P(unwrapping, leaves_a_connection_in_plaintext) {
  const auto d = talk();
  const int fd = d->stream().rdbuf()->fd();
  task peer([&] {
    EXPECT_EQ(d->peer().read_line(), "over to plaintext");
    EXPECT_TRUE(d->peer().sees_close_notify());
    EXPECT_TRUE(d->peer().close_notify());
  });
  d->stream() << "over to plaintext\n";
  unwrapped_connection rest = d->stream().unwrap();
  peer.join();
  const descriptor plain(rest.fd);
  EXPECT_EQ(plain.get(), fd);
  EXPECT_EQ(rest.transport, nullptr);
  EXPECT_EQ(rest.input, "");
  EXPECT_TRUE(write_raw(plain.get(), "in plaintext"));
  EXPECT_EQ(read_raw(d->peer().fd(), 12), "in plaintext");
  EXPECT_TRUE(d->peer().send_raw("here, too"));
  EXPECT_EQ(read_raw(plain.get(), 9), "here, too");
}

TEST_P(unwrapping, answers_a_peer_that_has_ended_first) {
  const auto d = talk();
  ASSERT_TRUE(d->peer().close_notify());
  EXPECT_EQ(d->stream().get(), end_of_file);
  d->stream().clear();
  const descriptor plain(d->stream().unwrap().fd);
  EXPECT_TRUE(d->peer().sees_close_notify());
  EXPECT_TRUE(write_raw(plain.get(), "plain"));
  EXPECT_EQ(read_raw(d->peer().fd(), 5), "plain");
}

TEST_P(unwrapping, loses_nothing_that_follows_the_close_notify) {
  const auto d = talk();
  const std::string text = numbered_text(100000);
  ASSERT_TRUE(d->peer().write("the last line\n") && d->peer().close_notify());
  task peer([&] { EXPECT_TRUE(d->peer().send_raw(text)); });
  std::string line;
  ASSERT_TRUE(std::getline(d->stream(), line));
  EXPECT_EQ(line, "the last line");
  const unwrapped_connection rest = d->stream().unwrap();
  const descriptor plain(rest.fd);
  EXPECT_EQ(plaintext(rest, text.size()), text);
}

// It may look like TLS: an end that begins TLS once more, for example.
TEST_P(unwrapping, leaves_records_that_follow_the_close_notify_to_the_next_connection) {
  const auto d = talk();
  const std::string records = std::string("\x17\x03\x03\x00\x05hello\x15\x03\x03\x00\x02", 15);
  ASSERT_TRUE(d->peer().close_notify() && d->peer().send_raw(records));
  const unwrapped_connection rest = d->stream().unwrap();
  const descriptor plain(rest.fd);
  EXPECT_EQ(plaintext(rest, records.size()), records);
}

TEST_P(unwrapping, leaves_a_stream_as_one_that_is_closed) {
  const auto d = talk();
  const std::string peer = d->stream().peer_address();
  ASSERT_TRUE(d->peer().close_notify());
  const descriptor plain(d->stream().unwrap().fd);
  EXPECT_TRUE(d->stream().good());
  EXPECT_FALSE(d->stream().is_open());
  EXPECT_FALSE(d->stream().error());
  EXPECT_EQ(d->stream().rdbuf()->fd(), -1);
  EXPECT_EQ(d->stream().peer_address(), peer);
  EXPECT_NE(d->stream().closed_how(), close_result::not_closed);
  EXPECT_NE(d->stream().closed_how(), close_result::lost);
  d->stream().close();
  d->stream().cancel();
  d->stream().wake();
  EXPECT_TRUE(d->stream().good()) << "closing it again does nothing";
  EXPECT_FALSE(d->stream() << "x" << std::flush);
  EXPECT_EQ(d->stream().error(), ssl_errc::closed);
  d->stream().clear();
  EXPECT_EQ(thrown_by([&] { d->stream().unwrap(); }).code(), ssl_errc::closed);
  EXPECT_TRUE(write_raw(plain.get(), "open")) << "nothing of that reaches the descriptor";
  EXPECT_TRUE(d->peer().sees_close_notify());
  EXPECT_EQ(read_raw(d->peer().fd(), 4), "open");
}

TEST_P(unwrapping, leaves_the_flags_of_the_descriptor) {
  descriptor_pair pair = tcp_pair();
  make_non_blocking(pair.b.get());
  const int flags = flags_of(pair.b.get());
  const auto d = talk(patient(), std::move(pair));
  ASSERT_TRUE(d->peer().close_notify());
  const descriptor plain(d->stream().unwrap().fd);
  EXPECT_EQ(flags_of(plain.get()), flags);
}

TEST_P(unwrapping, lets_tls_begin_once_more) {
  const auto d = talk();
  ASSERT_TRUE(d->peer().close_notify());
  descriptor plain(d->stream().unwrap().fd);
  ASSERT_TRUE(d->peer().sees_close_notify());
  const role mine = GetParam().stream;
  const auto again = make_stream(mine, std::move(plain), stream_options(mine, GetParam().version));
  tls_peer other(duplicate(d->peer().fd()), peer_of(mine, GetParam().version));
  task peer([&] {
    EXPECT_EQ(other.read_line(), "again") << other.error();
    EXPECT_TRUE(other.close_notify());
    other.half_close();
  });
  *again << "again" << std::endl;
  again->close();
  EXPECT_TRUE(again->good()) << again->error().message();
}

TEST_P(unwrapping, begins_with_a_handshake_if_there_was_none) {
  dialogue d(GetParam(), patient());
  task peer([&] {
    EXPECT_TRUE(d.peer().sees_close_notify()) << d.peer().error();
    EXPECT_TRUE(d.peer().close_notify());
  });
  const descriptor plain(d.stream().unwrap().fd);
  EXPECT_TRUE(plain);
}

TEST_P(unwrapping, refuses_while_there_is_unread_input_and_sends_nothing) {
  const auto d = talk();
  ASSERT_TRUE(d->peer().write("two words"));
  std::string word;
  ASSERT_TRUE(d->stream() >> word);
  expect_busy(thrown_by([&] { d->stream().unwrap(); }), "6 characters");
  EXPECT_TRUE(d->stream().bad());
  d->stream().clear();
  ASSERT_TRUE(d->stream() << "still under TLS" << std::endl) << d->stream().error().message();
  EXPECT_EQ(d->peer().read_line(), "still under TLS");
  ASSERT_TRUE(d->peer().close_notify());
  ASSERT_TRUE(d->stream() >> word);
  EXPECT_EQ(word, "words");
  d->stream().clear();
  EXPECT_TRUE(descriptor(d->stream().unwrap().fd));
}

TEST_P(unwrapping, keeps_input_that_comes_before_the_close_notify) {
  const auto d = talk();
  ASSERT_TRUE(d->peer().write("late"));
  expect_busy(thrown_by([&] { d->stream().unwrap(); }), "not read");
  d->stream().clear();
  EXPECT_FALSE(d->stream() << "x" << std::flush) << "close_notify was sent";
  EXPECT_EQ(d->stream().error(), ssl_errc::closed);
  d->stream().clear();
  ASSERT_TRUE(d->peer().write("r\n") && d->peer().close_notify() && d->peer().send_raw("plain"));
  std::string line;
  EXPECT_TRUE(std::getline(d->stream(), line));
  EXPECT_EQ(line, "later");
  const unwrapped_connection rest = d->stream().unwrap();
  const descriptor plain(rest.fd);
  EXPECT_EQ(plaintext(rest, 5), "plain");
  EXPECT_TRUE(d->peer().sees_close_notify());
}

TEST_P(unwrapping, waits_for_a_silent_peer_for_close_timeout_and_can_be_repeated) {
  const auto d = talk(within(milliseconds(50)));
  const ssl_error late = thrown_by([&] { d->stream().unwrap(); });
  EXPECT_EQ(late.code(), ssl_errc::timed_out) << late.what();
  EXPECT_EQ(late.operation(), "unwrap");
  EXPECT_TRUE(d->stream().is_open());
  d->stream().clear();
  ASSERT_TRUE(d->peer().sees_close_notify() && d->peer().close_notify());
  ASSERT_TRUE(wait_readable(d->stream().rdbuf()->fd()));
  const descriptor plain(d->stream().unwrap().fd);
  EXPECT_FALSE(d->stream().error());
  EXPECT_TRUE(write_raw(plain.get(), "one close_notify"));
  EXPECT_EQ(read_raw(d->peer().fd(), 16), "one close_notify");
}

TEST_P(unwrapping, that_is_not_over_accepts_no_output) {
  const auto d = talk(within(milliseconds(50)));
  d->stream() << "bye";
  EXPECT_EQ(thrown_by([&] { d->stream().unwrap(); }).code(), ssl_errc::timed_out);
  d->stream().clear();
  EXPECT_FALSE(d->stream() << 'x');
  EXPECT_EQ(d->stream().error(), ssl_errc::closed);
  d->stream().clear();
  EXPECT_EQ(d->peer().read_to_end(), "bye");
  ASSERT_TRUE(d->peer().close_notify());
  ASSERT_TRUE(wait_readable(d->stream().rdbuf()->fd()));
  const descriptor plain(d->stream().unwrap().fd);
  EXPECT_TRUE(write_raw(plain.get(), "plaintext"));
  EXPECT_EQ(read_raw(d->peer().fd(), 9), "plaintext");
}

TEST_P(unwrapping, ends_at_the_expiry) {
  const auto d = talk();
  d->stream().expires_after(milliseconds(50));
  EXPECT_EQ(thrown_by([&] { d->stream().unwrap(); }).code(), ssl_errc::timed_out);
}

TEST_P(unwrapping, that_was_not_answered_can_be_closed) {
  const auto d = talk(within(milliseconds(50)));
  EXPECT_EQ(thrown_by([&] { d->stream().unwrap(); }).code(), ssl_errc::timed_out);
  d->stream().clear();
  d->stream().close();
  EXPECT_TRUE(d->stream().good()) << d->stream().error().message();
  EXPECT_TRUE(d->peer().sees_close_notify() && d->peer().sees_fin());
}

TEST_P(unwrapping, of_a_connection_that_was_cut_is_truncated) {
  for (const bool lenient : {false, true}) {
    const auto d = talk([&](context_options& o) { o.require_close_notify = !lenient; });
    d->peer().half_close();
    const ssl_error e = thrown_by([&] { d->stream().unwrap(); });
    EXPECT_EQ(e.code(), ssl_errc::truncated) << e.what();
    EXPECT_TRUE(d->stream().bad());
    EXPECT_TRUE(d->stream().is_open()) << "the stream keeps the descriptor";
  }
}

TEST_P(unwrapping, of_a_connection_that_was_reset_fails) {
  const auto d = talk();
  d->peer().reset();
  ASSERT_TRUE(d->wait_until_hung_up());
  const ssl_error e = thrown_by([&] { d->stream().unwrap(); });
  EXPECT_EQ(e.code(), ssl_errc::system_error) << e.what();
}

TEST_P(unwrapping, refuses_what_is_not_tls_in_the_place_of_close_notify) {
  const auto d = talk();
  ASSERT_TRUE(d->peer().send_raw("200 we do not do that here\r\n"));
  EXPECT_EQ(thrown_by([&] { d->stream().unwrap(); }).code(), ssl_errc::protocol_error);
}

TEST_P(unwrapping, is_impossible_after_shutdown_write) {
  const auto d = talk();
  d->stream().shutdown_write();
  ASSERT_TRUE(d->peer().close_notify());
  const ssl_error e = thrown_by([&] { d->stream().unwrap(); });
  EXPECT_EQ(e.code(), ssl_errc::closed);
}

TEST_P(unwrapping, ends_with_cancel_and_with_wake) {
  const auto d = talk();
  {
    blocked_operation waiting(
        [&] { EXPECT_EQ(thrown_by([&] { d->stream().unwrap(); }).code(), ssl_errc::woken); });
    EXPECT_TRUE(waiting.is_blocked());
    d->stream().wake();
    EXPECT_TRUE(waiting.ended_within(seconds(10)));
  }
  blocked_operation waiting(
      [&] { EXPECT_EQ(thrown_by([&] { d->stream().unwrap(); }).code(), ssl_errc::canceled); });
  EXPECT_TRUE(waiting.is_blocked());
  d->stream().cancel();
  EXPECT_TRUE(waiting.ended_within(seconds(10)));
}

TEST_P(unwrapping, refuses_while_another_thread_reads) {
  const auto d = talk();
  blocked_operation reading([&] { EXPECT_EQ(d->stream().get(), end_of_file); });
  ASSERT_TRUE(reading.is_blocked());
  EXPECT_EQ(thrown_by([&] { d->stream().rdbuf()->unwrap(); }).code(),
            std::errc::device_or_resource_busy);
  ASSERT_TRUE(d->peer().close_notify());
  EXPECT_TRUE(reading.ended_within(seconds(10)));
  reading.join();
  d->stream().clear();
  EXPECT_TRUE(descriptor(d->stream().unwrap().fd));
}

// An answer to a key update would be taken for plaintext there.
TEST_P(unwrapping, sends_nothing_behind_its_close_notify) {
  if (GetParam().version != tls_version::tls1_3) GTEST_SKIP() << "TLS 1.2 has no key updates";
  const auto d = talk(within(milliseconds(50)));
  EXPECT_EQ(thrown_by([&] { d->stream().unwrap(); }).code(), ssl_errc::timed_out);
  d->stream().clear();
  ASSERT_EQ(SSL_key_update(d->peer().ssl(), SSL_KEY_UPDATE_REQUESTED), 1);
  ASSERT_TRUE(d->peer().write("one more line\n") && d->peer().close_notify());
  std::string line;
  ASSERT_TRUE(std::getline(d->stream(), line));
  const descriptor plain(d->stream().unwrap().fd);
  ASSERT_TRUE(write_raw(plain.get(), "plain"));
  ASSERT_TRUE(d->peer().sees_close_notify());
  EXPECT_EQ(read_raw(d->peer().fd(), 5), "plain");
}

TEST_P(unwrapping, in_a_child_that_only_inherited_the_connection_is_refused) {
  const auto d = talk();
  const child_result child = run_in_child([&] {
    return thrown_by([&] { d->stream().rdbuf()->unwrap(); }).code() == ssl_errc::closed ? 0 : 1;
  });
  EXPECT_EQ(child, (child_result{0, 0}));
  ASSERT_TRUE(d->peer().close_notify());
  EXPECT_TRUE(descriptor(d->stream().unwrap().fd));
}

TEST_P(unwrapping, frees_nothing_twice_and_keeps_no_descriptor) {
  const std::size_t before = fd_count();
  {
    const auto d = talk();
    ASSERT_TRUE(d->peer().close_notify());
    const descriptor plain(d->stream().unwrap().fd);
    d->destroy_stream();
    EXPECT_TRUE(write_raw(plain.get(), "x"));
  }
  EXPECT_EQ(fd_count(), before);
}

// However the bytes come.
TEST_P(unwrapping, loses_nothing_however_input_is_split) {
  for (const std::size_t piece : {1, 2, 5, 7, 23, 24, 25, 29, 31, 64}) {
    SCOPED_TRACE(piece);
    relay network;
    network.to_left().split(piece);
    const role mine = GetParam().stream;
    tls_peer other(network.take_right(), peer_of(mine, GetParam().version));
    context_options options = stream_options(mine, GetParam().version);
    patient()(options);
    const auto s = make_stream(mine, network.take_left(), options);
    task peer([&] {
      EXPECT_TRUE(other.write("last\n") && other.close_notify() && other.send_raw("plaintext"));
    });
    std::string line;
    ASSERT_TRUE(std::getline(*s, line));
    const unwrapped_connection rest = s->unwrap();
    const descriptor plain(rest.fd);
    EXPECT_EQ(plaintext(rest, 9), "plaintext");
  }
}

// An accepting stream may take the connection once more, under TLS again.
TEST(unwrapping_a_server, lets_it_accept_the_descriptor_again) {
  descriptor_pair pair = tcp_pair();
  ssl_server_stream server(ssl_context::server(server_options()));
  server.accept(pair.b.release());
  tls_peer client(std::move(pair.a), client_peer());
  task peer([&] { EXPECT_TRUE(client.handshake() && client.close_notify()); });
  EXPECT_EQ(server.get(), end_of_file);
  const int fd = server.unwrap().fd;
  server.accept(fd);
  EXPECT_TRUE(server.is_open());
  EXPECT_EQ(server.rdbuf()->fd(), fd);
  peer.join();
  EXPECT_TRUE(client.sees_close_notify());
  client.close();
}

TEST(unwrapping_nothing, is_closed) {
  ssl_client_stream s;
  EXPECT_EQ(thrown_by([&] { s.unwrap(); }).code(), ssl_errc::closed);
  EXPECT_TRUE(s.bad());
}

}  // namespace
}  // namespace iostls
