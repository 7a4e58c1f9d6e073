// SPDX-License-Identifier: Apache-2.0
// What closing does for the peer, for the data on the way, and within which time.
#include <chrono>
#include <memory>
#include <string>
#include <thread>

#include <gtest/gtest.h>
#include <openssl/err.h>
#include <iostls/iostls.hpp>
#include <iostls/native.hpp>

#include "dialogue.hpp"
#include "memory_transport.hpp"
#include "socket_calls.hpp"

namespace iostls {
namespace {

using namespace test;
using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

constexpr seconds too_long{5};  // far above what is asked for, far below the watchdog's limit

class closing : public testing::TestWithParam<variant> {};

INSTANTIATE_TEST_SUITE_P(, closing, all_variants(), variant_name);

dialogue::tuning close_within(milliseconds limit) {
  return [=](context_options& o) { o.close_timeout = limit; };
}

TEST_P(closing, destructor_sends_close_notify_and_fin) {
  const auto d = started(GetParam());
  task destruction([&] { d->destroy_stream(); });
  EXPECT_TRUE(d->peer().sees_close_notify()) << d->peer().error();
  EXPECT_TRUE(d->peer().sees_fin());
  d->peer().half_close();
}

TEST_P(closing, destructor_sends_what_was_not_flushed) {
  const auto d = started(GetParam());
  d->stream() << "abc";
  task destruction([&] { d->destroy_stream(); });
  EXPECT_EQ(d->peer().read_to_end(), "abc");
  EXPECT_EQ(d->peer().end(), peer_end::close_notify) << d->peer().error();
  d->peer().half_close();
}

TEST_P(closing, close_sends_what_was_not_flushed_and_then_close_notify) {
  const auto d = started(GetParam());
  std::string received;
  task peer([&] { d->answer_close(&received); });
  d->stream() << "abc";
  d->stream().close();
  EXPECT_TRUE(d->stream().good());
  EXPECT_FALSE(d->stream().is_open());
  peer.join();
  EXPECT_EQ(received, "abc");
  EXPECT_EQ(d->peer().end(), peer_end::close_notify) << d->peer().error();
}

TEST_P(closing, output_before_the_handshake_is_sent_by_close) {
  dialogue d(GetParam());
  std::string received;
  task peer([&] { d.answer_close(&received); });
  d.stream() << "abc";
  d.stream().close();
  EXPECT_TRUE(d.stream().good());
  peer.join();
  EXPECT_EQ(received, "abc");
}

// Closing a socket with unread input resets the connection, and the reset overtakes what is still
// on its way to a peer that reads slowly.
TEST_P(closing, unread_input_does_not_cost_output) {
  const auto d = started(GetParam(), close_within(seconds(20)), tcp_pair(8192));
  ASSERT_TRUE(d->peer().write(std::string(8192, 'i')));
  ASSERT_TRUE(wait_readable(d->stream().rdbuf()->fd()));
  const std::string sent = numbered_text(1 << 20);
  std::string received;
  task peer([&] {
    for (int i = 0; i != 20; ++i) {
      received += d->peer().read_exactly(4096);
      std::this_thread::sleep_for(milliseconds(1));
    }
    received += d->peer().read_to_end();
    d->peer().close_notify();
    d->peer().half_close();
  });
  d->stream() << sent;
  d->stream().close();
  EXPECT_TRUE(d->stream().good());
  peer.join();
  EXPECT_EQ(received.size(), sent.size());
  EXPECT_TRUE(received == sent);
  EXPECT_EQ(d->peer().end(), peer_end::close_notify) << d->peer().error();
}

// The session tickets of TLS 1.3 lie unread in a client that only writes.
TEST(closing_unread_tickets, cost_a_client_no_output) {
  const std::string sent = numbered_text(300000);
  const auto context = make_peer_context(server_peer());
  const ssl_context client = ssl_context::client(client_options());
  for (int i = 0; i != 1000; ++i) {
    descriptor_pair pair = tcp_pair();
    tls_peer server(std::move(pair.a), server_peer(), context);
    std::string received;
    task peer([&] {
      received = server.read_to_end();
      server.close();
    });
    {
      ssl_client_stream stream(pair.b.release(), client);
      stream << sent;
    }
    peer.join();
    ASSERT_EQ(received.size(), sent.size()) << "in run " << i << ": " << server.error();
    ASSERT_TRUE(received == sent);
    ASSERT_EQ(server.end(), peer_end::close_notify) << server.error();
  }
}

TEST_P(closing, a_peer_that_has_ended_can_still_be_answered) {
  const auto d = started(GetParam());
  ASSERT_TRUE(d->peer().write("question\n"));
  ASSERT_TRUE(d->peer().close_notify());
  d->peer().half_close();
  std::string line;
  EXPECT_TRUE(std::getline(d->stream(), line));
  EXPECT_FALSE(std::getline(d->stream(), line));
  EXPECT_TRUE(d->stream().eof());
  d->stream().clear();
  EXPECT_TRUE(d->stream() << "answer\n" << std::flush);
  EXPECT_EQ(d->peer().read_line(), "answer");
  d->stream().close();
  EXPECT_TRUE(d->stream().good());
}

TEST_P(closing, shutdown_write_ends_output_and_leaves_input) {
  const auto d = started(GetParam());
  d->stream() << "question";
  d->stream().shutdown_write();
  EXPECT_TRUE(d->stream().good());
  EXPECT_EQ(d->peer().read_to_end(), "question");
  EXPECT_EQ(d->peer().end(), peer_end::close_notify) << d->peer().error();
  EXPECT_TRUE(d->peer().sees_fin());
  ASSERT_TRUE(d->peer().write("answer\n"));
  std::string line;
  EXPECT_TRUE(std::getline(d->stream(), line));
  EXPECT_EQ(line, "answer");
}

// It may have had too little time for the first one, with or without a descriptor.
TEST(closing_a_transport, shuts_its_output_down_again) {
  descriptor_pair pair = tcp_pair();
  tls_peer peer(std::move(pair.a), server_peer(tls_version::tls1_3));
  task serving([&] {
    EXPECT_EQ(peer.read_to_end(), "") << peer.error();
    peer.close_notify();
    peer.half_close();
  });
  const auto script = std::make_shared<transport_script>();
  ssl_client_stream c(
      faulty_transport(std::make_unique<socket_transport>(pair.b.release()), script),
      ssl_context::client(client_options(tls_version::tls1_3)));
  c.shutdown_write();
  EXPECT_EQ(script->shutdowns, 1);
  c.close();
  EXPECT_TRUE(c.good()) << c.error().message();
  EXPECT_EQ(script->shutdowns, 2);
  serving.join();
}

TEST_P(closing, output_after_shutdown_write_is_an_error) {
  const auto d = started(GetParam());
  d->stream().shutdown_write();
  d->stream() << "more" << std::flush;
  EXPECT_TRUE(d->stream().bad());
  EXPECT_EQ(d->stream().error(), ssl_errc::closed);
}

TEST_P(closing, input_after_our_close_notify_is_discarded) {
  const auto d = started(GetParam(), close_within(seconds(20)));
  task peer([&] {
    EXPECT_TRUE(d->peer().sees_close_notify());
    EXPECT_TRUE(d->peer().write(numbered_text(300000))) << d->peer().error();
    EXPECT_TRUE(d->peer().close_notify());
    d->peer().half_close();
  });
  d->stream().close();
  EXPECT_TRUE(d->stream().good()) << d->stream().error().message();
  EXPECT_FALSE(d->stream().error());
}

TEST_P(closing, a_silent_peer_is_waited_for_no_longer_than_close_timeout) {
  const auto d = started(GetParam(), close_within(milliseconds(100)));
  d->stream() << "abc";
  const auto start = steady_clock::now();
  d->stream().close();
  const auto elapsed = steady_clock::now() - start;
  EXPECT_GE(elapsed, milliseconds(90));
  EXPECT_LT(elapsed, too_long);
  EXPECT_TRUE(d->stream().good()) << "that the peer does not answer is no failure";
}

TEST(closing_by_default, a_silent_peer_holds_the_destructor_for_two_seconds) {
  const auto d = started({role::server, tls_version::tls1_3});
  const auto start = steady_clock::now();
  d->destroy_stream();
  const auto elapsed = steady_clock::now() - start;
  EXPECT_GE(elapsed, milliseconds(1900));
  EXPECT_LT(elapsed, seconds(2) + too_long);
}

TEST_P(closing, close_timeout_of_zero_sends_what_it_can_and_does_not_wait) {
  const auto d = started(GetParam(), close_within(milliseconds(0)));
  d->stream() << "abc";
  const auto start = steady_clock::now();
  d->stream().close();
  EXPECT_LT(steady_clock::now() - start, seconds(1));
  EXPECT_TRUE(d->stream().good());
  EXPECT_EQ(d->peer().read_to_end(), "abc");
}

TEST_P(closing, after_a_broken_record_closing_leaves_no_trace) {
  {
    const auto d = started(GetParam());
    std::string record("\x17\x03\x03\x00\x40", 5);
    ASSERT_TRUE(d->peer().send_raw(record + std::string(64, 'x')));  // its MAC is wrong
    EXPECT_EQ(d->stream().get(), std::char_traits<char>::eof());
    EXPECT_EQ(d->stream().error(), ssl_errc::protocol_error) << d->stream().error().message();
    d->peer().half_close();
    d->destroy_stream();
  }
  EXPECT_EQ(ERR_peek_error(), 0u);
  const auto next = started(GetParam());
  ASSERT_TRUE(next->peer().write("fine\n"));
  std::string line;
  EXPECT_TRUE(std::getline(next->stream(), line));
  EXPECT_EQ(line, "fine");
}

TEST_P(closing, destruction_during_the_handshake_leaves_no_trace) {
  {
    dialogue d(GetParam(), [](context_options& o) { o.handshake_timeout = milliseconds(50); });
    d.stream().get();  // the peer is silent
    EXPECT_EQ(d.stream().error(), ssl_errc::timed_out);
    d.peer().half_close();
  }
  EXPECT_EQ(ERR_peek_error(), 0u);
  const auto next = started(GetParam());
  ASSERT_TRUE(next->peer().write("fine\n"));
  std::string line;
  EXPECT_TRUE(std::getline(next->stream(), line));
}

TEST_P(closing, output_after_close_is_an_error) {
  const auto d = started(GetParam(), close_within(milliseconds(0)));
  d->stream().close();
  d->stream() << 1 << std::flush;
  EXPECT_TRUE(d->stream().bad());
  EXPECT_EQ(d->stream().error(), ssl_errc::closed);
  EXPECT_EQ(ERR_peek_error(), 0u);
}

TEST_P(closing, input_after_close_is_an_error) {
  const auto d = started(GetParam(), close_within(milliseconds(0)));
  d->stream().close();
  EXPECT_EQ(d->stream().get(), std::char_traits<char>::eof());
  EXPECT_TRUE(d->stream().bad());
  EXPECT_FALSE(d->stream().eof());
  EXPECT_EQ(d->stream().error(), ssl_errc::closed);
}

TEST_P(closing, a_second_close_does_nothing) {
  const auto d = started(GetParam(), close_within(milliseconds(0)));
  const int number = d->stream().rdbuf()->fd();
  d->stream().close();
  EXPECT_TRUE(d->stream().good());
  const descriptor reused = stranger_at(number);
  d->stream().close();
  EXPECT_TRUE(d->stream().good());
  EXPECT_FALSE(d->stream().is_open());
  EXPECT_TRUE(is_open(number));
}

TEST_P(closing, destructor_does_not_close_the_descriptor_a_second_time) {
  const auto d = started(GetParam(), close_within(milliseconds(0)));
  const int number = d->stream().rdbuf()->fd();
  d->stream().close();
  EXPECT_FALSE(is_open(number));
  EXPECT_EQ(d->stream().rdbuf()->fd(), -1);
  const descriptor reused = stranger_at(number);
  ASSERT_EQ(reused.get(), number);
  d->destroy_stream();
  EXPECT_TRUE(is_open(number));
}

// OpenSSL forgets the session of a connection that it frees without a shutdown.
class closing_client : public testing::TestWithParam<tls_version> {};

INSTANTIATE_TEST_SUITE_P(, closing_client,
                         testing::Values(tls_version::tls1_2, tls_version::tls1_3),
                         [](const auto& info) { return to_string(info.param); });

TEST_P(closing_client, can_resume_the_session_of_a_stream_that_was_destroyed) {
  const peer_options options = server_peer(GetParam());
  const auto server_context = make_peer_context(options);
  const ssl_context context = ssl_context::client(client_options(GetParam()));
  std::shared_ptr<SSL_SESSION> session;
  for (const bool again : {false, true}) {
    descriptor_pair pair = tcp_pair();
    tls_peer server(std::move(pair.a), options, server_context);
    task peer([&] {
      EXPECT_TRUE(server.write("hello\n"));
      EXPECT_TRUE(server.sees_close_notify()) << server.error();
      server.close_notify();
      server.half_close();
    });
    ssl_client_stream stream(pair.b.release(), context);
    SSL* const ssl = native_handle(*stream.rdbuf());
    if (again) {
      ASSERT_EQ(SSL_set_session(ssl, session.get()), 1);
    }
    std::string line;
    EXPECT_TRUE(std::getline(stream, line));
    EXPECT_EQ(stream.info().resumed, again);
    session.reset(SSL_get1_session(ssl), SSL_SESSION_free);
  }
}

}  // namespace
}  // namespace iostls
