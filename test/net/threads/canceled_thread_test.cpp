// SPDX-License-Identifier: Apache-2.0
// pthread_cancel(3) of a thread that uses a stream: it unwinds, the connection is bad and can be closed,
// and nobody else is held up.
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <pthread.h>
#include <iostls/iostls.hpp>

#include "blocked_operation.hpp"
#include "canceled_thread.hpp"
#include "descriptor.hpp"
#include "fixture.hpp"
#include "process.hpp"
#include "task.hpp"
#include "tls_peer.hpp"

namespace iostls {
namespace test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

// Something that waits for a peer who does nothing.
struct wait {
  const char* name;
  bool after_handshake;  // before
  std::function<void(ssl_stream&)> operation;
};

void PrintTo(const wait& w, std::ostream* out) { *out << w.name; }

void read_line(ssl_stream& s) {
  std::string line;
  std::getline(s, line);
}

void write_much(ssl_stream& s) {
  const std::string block(1 << 20, 'x');
  for (int i = 0; i != 64; ++i) s.write(block.data(), static_cast<std::streamsize>(block.size()));
}

std::vector<wait> waits() {
  return {{"handshake", false, [](ssl_stream& s) { s.do_handshake(); }},
          {"info", false, [](ssl_stream& s) { s.info(); }},
          {"first_output", false, [](ssl_stream& s) { s << 'x' << std::flush; }},
          {"first_input", false, read_line},
          {"getline", true, read_line},
          {"get", true, [](ssl_stream& s) { s.get(); }},
          {"block", true,
           [](ssl_stream& s) {
             std::string block(100000, ' ');
             s.read(&block[0], static_cast<std::streamsize>(block.size()));
           }},
          {"input_before_a_deadline", true,
           [](ssl_stream& s) {
             s.expires_after(seconds(60));
             s.get();
           }},
          {"output", true, write_much},
          {"output_before_a_deadline", true,
           [](ssl_stream& s) {
             s.expires_after(seconds(60));
             write_much(s);
           }},
          {"close", true, [](ssl_stream& s) { s.close(); }}};
}

class canceled_wait : public testing::TestWithParam<wait> {
 protected:
  canceled_wait() : pair_(tcp_pair()), peer_(std::move(pair_.a), server_peer()) {
    context_options o = client_options();
    o.close_timeout = seconds(60);
    o.handshake_timeout = seconds(60);
    stream_ = std::make_unique<ssl_client_stream>(pair_.b.get(), o);
    pair_.b.release();
    if (!GetParam().after_handshake) return;
    task peer([this] { EXPECT_TRUE(peer_.handshake()); });
    stream_->do_handshake();
  }

  // A deadline of the past keeps the end from waiting for a peer that does nothing.
  void expect_usable_end() {
    const auto began = steady_clock::now();
    if (stream_->is_open()) {
      EXPECT_NE(stream_->get(), 'x');
      EXPECT_TRUE(stream_->bad() || stream_->good());
      stream_->cancel();
      stream_->close();
    }
    EXPECT_FALSE(stream_->is_open());
    stream_.reset();
    EXPECT_LT(steady_clock::now() - began, seconds(20));
    peer_.read_to_end();
    EXPECT_NE(peer_.end(), peer_end::none);
  }

  descriptor_pair pair_;
  tls_peer peer_;
  std::unique_ptr<ssl_client_stream> stream_;
};

TEST_P(canceled_wait, unwinds_its_thread_and_leaves_a_stream_that_can_be_closed) {
  event begins;
  canceled_thread thread([&] {
    begins.happen();
    GetParam().operation(*stream_);
  });
  ASSERT_TRUE(begins.wait());
  thread.cancel();
  EXPECT_TRUE(thread.has_unwound());
  if (stream_->is_open()) stream_->cancel();
  expect_usable_end();
}

TEST_P(canceled_wait, unwinds_from_the_middle_of_it) {
  canceled_thread thread([&] { GetParam().operation(*stream_); });
  // No event shows that a thread waits; by then it does.
  blocked_operation wait([&] { thread.has_unwound(); });
  EXPECT_TRUE(wait.is_blocked());
  thread.cancel();
  wait.join();
  EXPECT_TRUE(thread.has_unwound());
  expect_usable_end();
}

INSTANTIATE_TEST_SUITE_P(, canceled_wait, testing::ValuesIn(waits()),
                         [](const auto& info) { return info.param.name; });

class canceled_pair : public testing::Test {
 protected:
  canceled_pair() : pair_(tcp_pair()), peer_(std::move(pair_.a), server_peer()) {
    task peer([this] { EXPECT_TRUE(peer_.handshake()); });
    stream_ = std::make_unique<ssl_client_stream>(pair_.b.get(), client_options());
    pair_.b.release();
    stream_->do_handshake();
  }

  descriptor_pair pair_;
  tls_peer peer_;
  std::unique_ptr<ssl_client_stream> stream_;
};

TEST_F(canceled_pair, whose_reader_is_canceled_goes_on_writing) {
  ssl_duplex d(*stream_);
  canceled_thread reader([&] { d.in().get(); });
  blocked_operation wait([&] { reader.has_unwound(); });
  EXPECT_TRUE(wait.is_blocked());
  reader.cancel();
  wait.join();
  EXPECT_TRUE(reader.has_unwound());
  EXPECT_TRUE(d.out() << "still here\n" << std::flush);
  EXPECT_EQ(peer_.read_line(), "still here");
  EXPECT_EQ(d.in().get(), EOF);
  EXPECT_TRUE(d.in().bad());
  EXPECT_FALSE(d.in().eof());
}

TEST_F(canceled_pair, fails_its_reader_by_input_that_may_be_lost) {
  EXPECT_TRUE(unwinds([&] { stream_->get(); }));
  EXPECT_TRUE(peer_.write("late"));
  stream_->clear();
  EXPECT_EQ(stream_->get(), EOF);
  EXPECT_TRUE(stream_->bad());
  EXPECT_EQ(stream_->error(), ssl_errc::canceled);
}

// Members that do not wait, and destructors, have nowhere to unwind to.
TEST_F(canceled_pair, survives_what_may_not_throw_in_a_canceled_thread) {
  task peer([this] { peer_.sees_close_notify(); });
  EXPECT_TRUE(unwinds([&] {
    ssl_client_stream other(std::move(*stream_));
    other.rdbuf()->in_avail();
    swap(other, *stream_);
    *stream_ = ssl_client_stream();
    pthread_testcancel();
  }));
}

TEST_F(canceled_pair, is_closed_by_a_destructor_in_a_canceled_thread) {
  task peer([this] { EXPECT_TRUE(peer_.sees_close_notify()); });
  EXPECT_TRUE(unwinds([&] {
    stream_.reset();
    pthread_testcancel();
  }));
}

TEST_F(canceled_pair, is_canceled_by_a_canceled_thread) {
  EXPECT_TRUE(unwinds([&] {
    stream_->cancel();
    pthread_testcancel();
  }));
  EXPECT_EQ(stream_->get(), EOF);
  EXPECT_EQ(stream_->error(), ssl_errc::canceled);
}

// OpenSSL, in C, would be left half-way, with its locks.
TEST(canceled_handshake, does_not_unwind_through_openssl) {
  descriptor_pair pair = socket_pair();
  event reached;
  bool passed = false;
  context_options o = client_options();
  o.verify_callback = [&](const verify_event& e) {
    pthread_cancel(pthread_self());
    pthread_testcancel();
    passed = true;
    return e.accepted;
  };
  task server([&] { tls_peer(std::move(pair.a), server_peer()).handshake(); });
  ssl_client_stream stream(pair.b.get(), o);
  pair.b.release();
  canceled_thread thread([&] {
    stream.do_handshake();
    pthread_testcancel();
  });
  EXPECT_TRUE(thread.has_unwound());
  EXPECT_TRUE(passed);
}

// A server's stream whose client stays, and will not let it be closed soon.
class canceled_accept : public testing::Test {
 protected:
  canceled_accept() : first_(tcp_pair()), peer_(std::move(first_.a), client_peer()) {
    context_options o = server_options();
    o.close_timeout = seconds(60);
    stream_ = ssl_server_stream(ssl_context::server(o));
    stream_.accept(first_.b.release());
    task peer([this] { EXPECT_TRUE(peer_.handshake()); });
    stream_.do_handshake();
  }

  void cancel_while_it_closes_the_first(const std::function<void()>& accept) {
    canceled_thread thread(accept);
    EXPECT_TRUE(peer_.sees_close_notify());
    blocked_operation wait([&] { thread.has_unwound(); });
    EXPECT_TRUE(wait.is_blocked());
    thread.cancel();
    wait.join();
    EXPECT_TRUE(thread.has_unwound());
    stream_.cancel();  // keeps the end from waiting
  }

  descriptor_pair first_;
  tls_peer peer_;
  ssl_server_stream stream_;
};

TEST_F(canceled_accept, leaves_the_descriptor_to_its_caller) {
  descriptor_pair next = tcp_pair();
  cancel_while_it_closes_the_first([&] { stream_.accept(next.b.get()); });
  EXPECT_TRUE(write_raw(next.b.get(), "here"));
  EXPECT_EQ(read_raw(next.a.get(), 4), "here");
  stream_.accept(next.b.release());
  tls_peer peer(std::move(next.a), client_peer());
  task greeting([&] { EXPECT_TRUE(peer.handshake()); });
  stream_.do_handshake();
}

TEST_F(canceled_accept, of_a_listener_closes_the_client_once) {
  tcp_listener listener("127.0.0.1");
  const descriptor next(connect_tcp("127.0.0.1", std::to_string(listener.port())));
  cancel_while_it_closes_the_first([&] { listener.accept(stream_); });
  EXPECT_EQ(read_raw(next.get()), "");
}

TEST(canceled_listener, unwinds_and_can_go_on) {
  tcp_listener listener("127.0.0.1");
  const auto before = fd_count();
  EXPECT_TRUE(unwinds([&] { listener.accept(); }));
  canceled_thread thread([&] { listener.accept(); });
  blocked_operation wait([&] { thread.has_unwound(); });
  EXPECT_TRUE(wait.is_blocked());
  thread.cancel();
  wait.join();
  EXPECT_TRUE(thread.has_unwound());
  EXPECT_EQ(fd_count(), before);
  const descriptor client(connect_tcp("127.0.0.1", std::to_string(listener.port())));
  EXPECT_TRUE(descriptor(listener.accept()));
}

TEST(canceled_listener, is_closed_by_a_destructor_in_a_canceled_thread) {
  const auto before = fd_count();
  auto listener = std::make_unique<tcp_listener>("127.0.0.1");
  EXPECT_TRUE(unwinds([&] {
    listener.reset();
    pthread_testcancel();
  }));
  EXPECT_EQ(fd_count(), before);
}

// A listener whose queue is full lets nobody connect.
TEST(canceled_connect, unwinds_and_can_be_repeated) {
  const listening full = listen_on_loopback(0);
  std::vector<descriptor> queued;
  const std::string port = std::to_string(full.port);
  for (bool fits = true; fits;) {
    try {
      queued.emplace_back(connect_tcp("127.0.0.1", port, steady_clock::now() + milliseconds(100)));
    } catch (const ssl_error&) {
      fits = false;
    }
    ASSERT_LT(queued.size(), 100U);
  }
  const auto before = fd_count();
  ssl_client_stream stream;
  const ssl_context context = ssl_context::client(client_options());
  EXPECT_TRUE(unwinds([&] { stream.connect("127.0.0.1", port, context); }));
  canceled_thread thread([&] { stream.connect("127.0.0.1", port, context); });
  blocked_operation wait([&] { thread.has_unwound(); });
  EXPECT_TRUE(wait.is_blocked());
  thread.cancel();
  wait.join();
  EXPECT_TRUE(thread.has_unwound());
  EXPECT_EQ(fd_count(), before);
  EXPECT_FALSE(stream.is_open());
  stream.cancel();
}

// A context that is made, a key, a certificate: files are read, and random numbers.
TEST(canceled_thread_makes, what_it_was_asked_for) {
  EXPECT_TRUE(unwinds([] {
    ssl_context::client(client_options());
    ticket_key::random();
    self_signed_certificate({"localhost"});
    pthread_testcancel();
  }));
}

}  // namespace
}  // namespace test
}  // namespace iostls
