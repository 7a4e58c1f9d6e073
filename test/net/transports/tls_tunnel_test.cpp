// SPDX-License-Identifier: Apache-2.0
// The stream within a connection by TLS to a proxy: its time limits, its output, and how it is closed.
#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include <gtest/gtest.h>
#include <iostls/iostls.hpp>

#include "blocked_operation.hpp"
#include "event.hpp"
#include "fixture.hpp"
#include "server_context.hpp"
#include "task.hpp"
#include "tcp_ends.hpp"

namespace iostls {
namespace {

using namespace test;
using std::chrono::milliseconds;
using std::chrono::seconds;

socket_options with_little_room() {
  socket_options options;
  options.receive_buffer = 8192;
  return options;
}

// A proxy which ends none of its connections before it is destroyed.
class lingering_proxy {
 public:
  // Plays the server behind the proxy, and then the proxy.
  using role_play = std::function<void(ssl_server_stream& server, ssl_server_stream& proxy)>;

  explicit lingering_proxy(role_play talk)
      : talk_(std::move(talk)),
        listener_("127.0.0.1", std::string("0"), with_little_room()),
        serving_([this] { serve(); }) {}
  lingering_proxy(const lingering_proxy&) = delete;
  lingering_proxy& operator=(const lingering_proxy&) = delete;
  ~lingering_proxy() { may_end_.happen(); }

  // A stream with these options, and those for the connection to the proxy.
  ssl_client_stream connect(const context_options& of_the_stream,
                            const context_options& of_the_proxy) const {
    const http_proxy address{"127.0.0.1", std::to_string(listener_.port()), "", ""};
    ssl_client_stream s(connect_tunnel(address, ssl_context::client(of_the_proxy), "localhost", 443,
                                       in(seconds(20))),
                        ssl_context::client(of_the_stream));
    s.do_handshake();
    return s;
  }
  // With these two limits for closing.
  ssl_client_stream connect(seconds of_the_stream, seconds of_the_proxy) const {
    const auto limited = [](seconds limit) {
      context_options options = client_options();
      options.close_timeout = limit;
      return options;
    };
    return connect(limited(of_the_stream), limited(of_the_proxy));
  }

 private:
  void serve() {
    ssl_server_stream proxy = listener_.accept(server_context(), in(seconds(20)));
    std::string line;
    while (std::getline(proxy, line) && line != "\r") continue;
    proxy << "HTTP/1.1 200 Connection established\r\n\r\n" << std::flush;
    ssl_server_stream server(std::make_unique<streambuf_transport>(*proxy.rdbuf()),
                             server_context());
    server.do_handshake();
    talk_(server, proxy);
    may_end_.wait();
  }

  const role_play talk_;
  tcp_listener listener_;
  event may_end_;
  task serving_;
};

TEST(tls_tunnel, closes_both_connections_within_the_time_limit_of_its_stream) {
  const lingering_proxy proxy([](auto&, auto&) {});
  ssl_client_stream s = proxy.connect(seconds(1), seconds(60));
  const auto start = std::chrono::steady_clock::now();
  s.close();
  EXPECT_LT(std::chrono::steady_clock::now() - start, seconds(8));
  EXPECT_TRUE(s.good()) << s.error().message();
}

TEST(tls_tunnel, sends_the_end_of_its_stream_even_if_closing_may_not_wait) {
  std::promise<std::error_code> seen;
  const lingering_proxy proxy([&](auto& server, auto&) {
    server.get();
    seen.set_value(server.error());
  });
  ssl_client_stream s = proxy.connect(seconds(0), seconds(60));
  s.close();
  EXPECT_TRUE(s.good()) << s.error().message();
  EXPECT_EQ(seen.get_future().get(), std::error_code());
}

TEST(tls_tunnel, can_be_woken_and_canceled_while_it_closes_the_connection_to_the_proxy) {
  const lingering_proxy proxy([](auto& server, auto&) { server.close(); });
  ssl_client_stream s = proxy.connect(seconds(30), seconds(30));
  EXPECT_EQ(s.get(), std::char_traits<char>::eof());
  blocked_operation closing([&] { s.close(); });
  EXPECT_TRUE(closing.is_blocked());
  blocked_operation waking([&] { s.wake(); });
  EXPECT_TRUE(waking.ended_within(seconds(8)));
  blocked_operation canceling([&] { s.cancel(); });
  EXPECT_TRUE(canceling.ended_within(seconds(8)));
  EXPECT_TRUE(closing.ended_within(seconds(8)));
  closing.join();
  canceling.join();
  waking.join();
  EXPECT_EQ(s.error(), ssl_errc::canceled) << s.error().message();
}

TEST(tls_tunnel, is_closed_beside_a_thread_that_reads) {
  std::promise<std::error_code> end_of_the_proxy;
  const lingering_proxy proxy([&](auto& server, auto& outside) {
    while (server.get() != EOF) continue;
    EXPECT_FALSE(server.error()) << server.error().message();
    outside.get();
    end_of_the_proxy.set_value(outside.error());
  });
  ssl_client_stream s = proxy.connect(seconds(1), seconds(60));
  ssl_duplex both(s);
  blocked_operation reading([&] { both.in().get(); });
  EXPECT_TRUE(reading.is_blocked());
  both.out() << "hello" << std::flush;
  EXPECT_NO_THROW(s.rdbuf()->close());
  EXPECT_EQ(s.closed_how(), close_result::unconfirmed);
  EXPECT_EQ(end_of_the_proxy.get_future().get(), std::error_code());
}

TEST(tls_tunnel, does_not_end_reads_by_a_time_limit_of_the_proxy) {
  event may_answer;
  const lingering_proxy proxy([&](auto& server, auto&) {
    may_answer.wait();
    server << "late" << std::endl;
  });
  context_options impatient = client_options();
  impatient.read_timeout = seconds(3);
  ssl_client_stream s = proxy.connect(client_options(), impatient);
  std::string line;
  blocked_operation reading([&] { std::getline(s, line); });
  EXPECT_FALSE(reading.ended_within(milliseconds(3500)));
  may_answer.happen();
  reading.join();
  EXPECT_EQ(line, "late") << s.error().message();
}

// Polling encrypts all of it, and has no time to send it.
TEST(tls_tunnel, sends_later_what_there_was_no_time_for) {
  event may_read;
  std::promise<std::string> received;
  const lingering_proxy proxy([&](auto& server, auto&) {
    may_read.wait();
    std::string text(std::size_t{8} << 20, '\0');
    server.read(&text[0], static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(server.gcount()));
    received.set_value(std::move(text));
  });
  ssl_client_stream s = proxy.connect(client_options(), client_options());
  std::string sent;
  while (sent.size() < (std::size_t{8} << 20)) sent += std::to_string(sent.size()) + '\n';
  sent.resize(std::size_t{8} << 20);
  s.rdbuf()->pubsetbuf(nullptr, static_cast<std::streamsize>(sent.size() + 1));
  s << sent;
  for (int i = 0; i != 3; ++i) EXPECT_FALSE(s.wait_readable(milliseconds(20)));
  may_read.happen();
  ASSERT_TRUE(s.flush()) << s.error().message();
  EXPECT_TRUE(received.get_future().get() == sent);
}

void read_beside_output(bool flush_on_read) {
  event may_answer;
  const lingering_proxy proxy([&](auto& server, auto&) {
    may_answer.wait();
    std::this_thread::sleep_for(milliseconds(300));  // until the other end waits
    server << "answer" << std::endl;
  });
  ssl_client_stream s = proxy.connect(seconds(0), seconds(0));
  s.rdbuf()->flush_on_read(flush_on_read);
  const std::string much(std::size_t{8} << 20, 'x');
  s.rdbuf()->pubsetbuf(nullptr, static_cast<std::streamsize>(much.size() + 1));
  s << much;
  s.write_timeout(milliseconds(50));
  for (int i = 0; i != 5; ++i) {  // the system may find more room for some time
    EXPECT_FALSE(s.flush());
    EXPECT_EQ(s.error(), ssl_errc::timed_out);
    s.clear();
  }
  s.write_timeout(seconds(0));
  may_answer.happen();
  std::string line;
  EXPECT_TRUE(std::getline(s, line)) << s.error().message();
  EXPECT_EQ(line, "answer");
}

TEST(tls_tunnel, reads_beside_output_that_there_was_no_time_for) { read_beside_output(false); }

TEST(tls_tunnel, reads_beside_output_that_is_sent_when_there_is_room) { read_beside_output(true); }

}  // namespace
}  // namespace iostls
