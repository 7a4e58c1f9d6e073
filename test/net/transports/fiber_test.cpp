// SPDX-License-Identifier: Apache-2.0
// Streams on fibers: a transport whose wait lets others run.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <openssl/err.h>

#include <iostls/ssl_error.hpp>
#include <iostls/ssl_stream.hpp>

#include "descriptor.hpp"
#include "fiber_loop.hpp"
#include "fiber_transport.hpp"
#include "fixture.hpp"
#include "task.hpp"
#include "tls_peer.hpp"

namespace iostls {
namespace {

using namespace test;
using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

std::atomic<int> waits{0};

// Sees to it that nothing is left for another fiber to stumble upon.
class watched_transport : public example::fiber_transport {
 public:
  using fiber_transport::fiber_transport;

  std::error_code wait(event what, time_point deadline) noexcept override {
    ++waits;
    EXPECT_EQ(ERR_peek_error(), 0u) << "OpenSSL's error queue is not empty";
    const std::error_code result = fiber_transport::wait(what, deadline);
    EXPECT_EQ(ERR_peek_error(), 0u) << "another fiber has left something in OpenSSL's error queue";
    return result;
  }
};

// All fibers run on one thread, so that none may block it.
class fibers : public testing::TestWithParam<tls_version> {
 protected:
  using handler = std::function<void(ssl_stream&)>;

  fibers() : thread_([this] { loop_.run(); }) { waits = 0; }
  ~fibers() override { finish(); }

  void finish() {
    loop_.stop();
    thread_.join();
  }

  // Has a fiber serve one end of a new connection; returns the other end.
  descriptor spawn(role r, const handler& serve,
                   const std::function<void(context_options&)>& tune = {}) {
    descriptor_pair pair = tcp_pair();
    spawn_on(std::move(pair.b), r, serve, tune);
    return std::move(pair.a);
  }

  void spawn_on(descriptor fd, role r, const handler& serve,
                const std::function<void(context_options&)>& tune = {}) {
    context_options options = stream_options(r, GetParam());
    if (tune) tune(options);
    loop_.spawn([r, serve, options, number = fd.release()] {
      const auto s = make_stream(r, std::make_unique<watched_transport>(number), options);
      serve(*s);
    });
  }

  tls_peer client_of(const handler& serve, const std::function<void(context_options&)>& tune = {}) {
    return tls_peer(spawn(role::server, serve, tune), client_peer(GetParam()));
  }

  example::fiber_loop loop_;
  task thread_;
};

INSTANTIATE_TEST_SUITE_P(, fibers, testing::Values(tls_version::tls1_2, tls_version::tls1_3),
                         [](const auto& info) { return to_string(info.param); });

// Written for plain streams, on threads.
void echo(std::iostream& s) {
  std::string line;
  while (getline(s, line)) s << line << std::endl;
}

void expect_echo(tls_peer& peer, const std::string& line) {
  EXPECT_TRUE(peer.write(line + "\n")) << peer.error();
  EXPECT_EQ(peer.read_line(), line) << peer.error();
}

TEST_P(fibers, many_connections_are_served_at_once_on_one_thread) {
  std::vector<tls_peer> peers;
  for (int i = 0; i != 50; ++i) peers.push_back(client_of(echo));
  for (const char* line : {"one", "two"}) {
    for (tls_peer& peer : peers) expect_echo(peer, line);
  }
  for (tls_peer& peer : peers) {
    peer.close_notify();
    peer.half_close();
  }
  for (tls_peer& peer : peers) EXPECT_TRUE(peer.sees_close_notify()) << peer.error();
  EXPECT_GT(waits, 150);
}

TEST_P(fibers, both_ends_of_a_connection_may_be_fibers_of_one_thread) {
  const std::string text(1 << 20, 'x');
  std::string received;
  descriptor other = spawn(role::server, [&](ssl_stream& s) {
    received.resize(text.size());
    s.read(&received[0], static_cast<std::streamsize>(received.size()));
    s << "all there\n";
  });
  std::string answer;
  spawn_on(std::move(other), role::client, [&](ssl_stream& s) {
    s << text;
    getline(s, answer);
  });
  finish();
  EXPECT_TRUE(received == text);
  EXPECT_EQ(answer, "all there");
}

TEST_P(fibers, silent_client_is_given_up_while_others_are_served) {
  std::error_code failure;
  const auto impatient = [](context_options& o) { o.handshake_timeout = milliseconds(200); };
  descriptor silent = spawn(
      role::server,
      [&](ssl_stream& s) {
        EXPECT_EQ(s.get(), EOF);
        failure = s.error();
      },
      impatient);
  tls_peer peer = client_of(echo);
  expect_echo(peer, "meanwhile");
  peer.half_close();
  EXPECT_EQ(read_raw(silent.get()), "");
  silent.reset();
  finish();
  EXPECT_EQ(failure, ssl_errc::timed_out);
}

TEST_P(fibers, read_timeout_is_kept_and_reading_goes_on) {
  std::error_code failure;
  tls_peer peer = client_of(
      [&](ssl_stream& s) {
        std::string line;
        EXPECT_TRUE(getline(s, line));
        EXPECT_FALSE(getline(s, line));
        failure = s.error();
        s.clear();
        s << "still there?" << std::endl;
        EXPECT_TRUE(getline(s, line));
        EXPECT_EQ(line, "yes");
      },
      [](context_options& o) { o.read_timeout = milliseconds(50); });
  EXPECT_TRUE(peer.write("hello\n"));
  EXPECT_EQ(peer.read_line(), "still there?");
  EXPECT_TRUE(peer.write("yes\n"));
  peer.half_close();
  finish();
  EXPECT_EQ(failure, ssl_errc::timed_out);
}

TEST_P(fibers, client_that_does_not_read_is_given_up_while_others_are_served) {
  std::error_code failure;
  tls_peer lazy = client_of(
      [&](ssl_stream& s) {
        s << std::string(64 << 20, 'x') << std::flush;
        failure = s.error();
      },
      [](context_options& o) {
        o.write_timeout = milliseconds(300);
        o.close_timeout = milliseconds(100);
      });
  EXPECT_TRUE(lazy.handshake()) << lazy.error();
  tls_peer peer = client_of(echo);
  expect_echo(peer, "meanwhile");
  peer.half_close();
  finish();
  EXPECT_EQ(failure, ssl_errc::timed_out);
}

TEST_P(fibers, closing_waits_for_the_peer_while_others_are_served) {
  tls_peer silent = client_of([](ssl_stream& s) {
    s << "bye" << std::endl;
    s.close();
    EXPECT_TRUE(s);
  });
  EXPECT_EQ(silent.read_line(), "bye") << silent.error();
  tls_peer peer = client_of(echo);
  expect_echo(peer, "meanwhile");
  peer.half_close();
  EXPECT_TRUE(silent.sees_close_notify());
  EXPECT_TRUE(silent.close_notify());
  silent.half_close();
}

TEST_P(fibers, cancel_from_another_thread_ends_a_wait) {
  std::atomic<ssl_stream*> stream{nullptr};
  std::error_code failure;
  tls_peer peer = client_of([&](ssl_stream& s) {
    s << "ready" << std::endl;
    stream = &s;
    EXPECT_EQ(s.get(), EOF);
    failure = s.error();
  });
  EXPECT_EQ(peer.read_line(), "ready") << peer.error();
  while (stream == nullptr) std::this_thread::yield();
  stream.load()->cancel();
  finish();
  EXPECT_EQ(failure, ssl_errc::canceled);
}

TEST_P(fibers, failures_of_one_are_not_seen_by_others) {
  std::vector<std::error_code> failures;
  const auto note = [&](ssl_stream& s) {
    s.get();
    failures.push_back(s.error());
  };
  tls_peer peer = client_of(echo);
  for (int i = 0; i != 20; ++i) {
    descriptor garbage = spawn(role::server, note);
    EXPECT_TRUE(write_raw(garbage.get(), "this is not TLS at all, but long enough to tell\n"));
    expect_echo(peer, "between");
    peer_options stranger = client_peer(GetParam());
    stranger.ca.clear();
    tls_peer refusing(spawn(role::server, note), stranger);
    EXPECT_FALSE(refusing.handshake());
    expect_echo(peer, "and again");
    ERR_clear_error();
  }
  peer.half_close();
  finish();
  ASSERT_EQ(failures.size(), 40u);
  for (const auto expected : {ssl_errc::protocol_error, ssl_errc::alert_received}) {
    EXPECT_EQ(std::count(failures.begin(), failures.end(), std::error_code(expected)), 20);
  }
}

// A handler that reports to its client what went wrong waits in a catch clause.
void complain(ssl_stream& s, const std::string& why, bool& same) {
  try {
    throw std::runtime_error(why);
  } catch (const std::exception& e) {
    s << e.what() << std::endl;
    std::string line;
    getline(s, line);
    try {
      throw;
    } catch (const std::exception& again) {
      same = again.what() == why && line == "so what";
    }
  }
}

// The first to enter its clause is the first to leave it.
TEST_P(fibers, exceptions_are_handled_by_several_at_once) {
  constexpr std::size_t count = 4;
  bool same[count] = {};
  std::vector<tls_peer> peers;
  for (std::size_t i = 0; i != count; ++i) {
    peers.push_back(client_of(
        [&same, i](ssl_stream& s) { complain(s, "reason " + std::to_string(i), same[i]); }));
    EXPECT_EQ(peers.back().read_line(), "reason " + std::to_string(i)) << peers.back().error();
  }
  for (tls_peer& peer : peers) {
    EXPECT_TRUE(peer.write("so what\n"));
    EXPECT_TRUE(peer.sees_close_notify()) << peer.error();
    peer.half_close();
  }
  finish();
  for (const bool s : same) EXPECT_TRUE(s);
}

TEST(fiber_transport, waits_as_usual_outside_of_fibers) {
  descriptor_pair pair = tcp_pair();
  tls_peer peer(std::move(pair.a), client_peer());
  task client([&] { expect_echo(peer, "hello"); });
  const auto s = make_stream(
      role::server, std::make_unique<example::fiber_transport>(pair.b.release()), server_options());
  std::string line;
  EXPECT_TRUE(getline(*s, line));
  *s << line << std::endl;
  client.join();
  s->expires_after(milliseconds(50));
  EXPECT_EQ(s->get(), EOF);
  EXPECT_EQ(s->error(), ssl_errc::timed_out);
  peer.half_close();
}

}  // namespace
}  // namespace iostls
