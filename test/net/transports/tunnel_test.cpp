// SPDX-License-Identifier: Apache-2.0
// Through an HTTP proxy, reached by TCP and by TLS: what it is asked, and what its answers lead to.
#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

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

const ssl_context& client_context() {
  static const ssl_context context = ssl_context::client(client_options());
  return context;
}

// A proxy that reads one request, answers what it is told to, and plays the server behind itself.
class scripted_proxy {
 public:
  scripted_proxy(bool speaks_tls, std::string answer)
      : listener_("127.0.0.1"),
        answer_(std::move(answer)),
        serving_([this, speaks_tls] { speaks_tls ? serve_tls() : serve_tcp(); }) {}

  http_proxy address() const { return {"127.0.0.1", std::to_string(listener_.port()), "", ""}; }
  std::string request() {
    serving_.join();
    return request_;
  }

  static constexpr const char* connected = "HTTP/1.1 200 Connection established\r\n\r\n";

 private:
  void serve_tcp() {
    descriptor fd(listener_.accept(in(seconds(20))));
    while (request_.find("\r\n\r\n") == std::string::npos) {
      const std::string c = read_raw(fd.get(), 1);
      if (c.empty()) return;
      request_ += c;
    }
    write_raw(fd.get(), answer_);
    if (answer_.find(" 200 ") == std::string::npos) return;
    ssl_server_stream server(fd.get(), server_context());
    fd.release();
    talk(server);
  }

  void serve_tls() {
    ssl_server_stream proxy = listener_.accept(server_context(), in(seconds(20)));
    std::string line;
    while (std::getline(proxy, line) && line != "\r") request_ += line + "\n";
    request_ += "\r\n";
    proxy << answer_ << std::flush;
    if (answer_.find(" 200 ") == std::string::npos) return proxy.close();
    ssl_server_stream server(std::make_unique<streambuf_transport>(*proxy.rdbuf()),
                             server_context());
    talk(server);
    proxy.close();
  }

  static void talk(ssl_server_stream& server) {
    std::string line;
    while (std::getline(server, line)) server << "you said: " << line << std::endl;
    server.close();
  }

  tcp_listener listener_;
  const std::string answer_;
  std::string request_;
  task serving_;
};

class tunnel : public testing::TestWithParam<bool> {
 protected:
  bool by_tls() const { return GetParam(); }

  std::unique_ptr<transport> connect(const http_proxy& proxy, const std::string& host, int port,
                                     std::chrono::steady_clock::time_point deadline) const {
    if (by_tls()) return connect_tunnel(proxy, client_context(), host, port, deadline);
    return std::make_unique<socket_transport>(connect_tunnel(proxy, host, port, deadline));
  }
  ssl_error failure(const std::string& answer, milliseconds limit = seconds(20)) {
    scripted_proxy proxy(by_tls(), answer);
    return failure_of([&] { connect(proxy.address(), "example.org", 443, in(limit)); });
  }
};

INSTANTIATE_TEST_SUITE_P(, tunnel, testing::Bool(),
                         [](const auto& info) { return info.param ? "by_tls" : "by_tcp"; });

TEST_P(tunnel, leads_to_the_server) {
  for (const std::string before : {"", "HTTP/1.1 102 Processing\r\n\r\n"}) {
    scripted_proxy proxy(by_tls(), before + scripted_proxy::connected);
    ssl_client_stream s(connect(proxy.address(), "localhost", 443, in(seconds(20))),
                        client_context());
    s.read_timeout(seconds(20));
    s << "hello" << std::endl;
    std::string line;
    EXPECT_TRUE(std::getline(s, line)) << s.error().message();
    EXPECT_EQ(line, "you said: hello");
    s.close();
    EXPECT_TRUE(s.good()) << s.error().message();
    EXPECT_EQ(proxy.request(), "CONNECT localhost:443 HTTP/1.1\r\nHost: localhost:443\r\n\r\n");
  }
}

TEST_P(tunnel, keeps_the_time_limits_of_its_stream_and_can_be_woken_and_canceled) {
  scripted_proxy proxy(by_tls(), scripted_proxy::connected);
  ssl_client_stream s(connect(proxy.address(), "localhost", 443, in(seconds(20))),
                      client_context());
  s.do_handshake();
  s.read_timeout(milliseconds(30));
  s.get();
  EXPECT_EQ(s.error(), ssl_errc::timed_out) << s.error().message();
  s.clear();
  s.read_timeout(seconds(0));
  s.wake();
  s.get();
  EXPECT_EQ(s.error(), ssl_errc::woken) << s.error().message();
  s.clear();
  blocked_operation reading([&] { s.get(); });
  EXPECT_TRUE(reading.is_blocked());
  s.cancel();
  EXPECT_TRUE(reading.ended_within(seconds(10)));
  reading.join();
  EXPECT_EQ(s.error(), ssl_errc::canceled) << s.error().message();
}

TEST_P(tunnel, names_addresses_of_ipv6_in_brackets_and_sends_credentials) {
  scripted_proxy proxy(by_tls(), "HTTP/1.1 403 Forbidden\r\n\r\n");
  http_proxy address = proxy.address();
  address.user = "Aladdin";
  address.password = "open sesame";
  failure_of([&] { connect(address, "2001:db8::1", 8443, in(seconds(20))); });
  EXPECT_EQ(proxy.request(),
            "CONNECT [2001:db8::1]:8443 HTTP/1.1\r\nHost: [2001:db8::1]:8443\r\n"
            "Proxy-Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n\r\n");
}

TEST_P(tunnel, that_is_refused_has_the_words_of_the_proxy) {
  const ssl_error e = failure("HTTP/1.1 403 Not \x1b[1mhere\r\nX: y\r\n\r\nbody");
  EXPECT_EQ(e.code(), std::errc::connection_refused) << e.what();
  EXPECT_EQ(e.operation(), "connect");
  EXPECT_TRUE(mentions(e, "\"HTTP/1.1 403 Not \\x1b[1mhere\"")) << e.what();
  EXPECT_TRUE(mentions(e, "example.org:443 by the proxy 127.0.0.1:")) << e.what();
}

TEST_P(tunnel, that_wants_credentials_names_them) {
  const ssl_error e =
      failure("HTTP/1.0 407 Who are you\r\nproxy-authenticate:  Basic realm=\"x\"\r\n\r\n");
  EXPECT_EQ(e.code(), std::errc::permission_denied) << e.what();
  EXPECT_TRUE(mentions(e, "407 Who are you")) << e.what();
  EXPECT_TRUE(mentions(e, "Basic realm=\"x\"")) << e.what();
}

TEST_P(tunnel, through_what_is_no_proxy_is_a_protocol_error) {
  for (const char* answer : {"SSH-2.0-OpenSSH\r\n\r\n", "HTTP/1.1 2x0 OK\r\n\r\n",
                             "HTTP/1.1 2000 OK\r\n\r\n", "HTTP/2 403\r\n\r\n", "\r\n\r\n"}) {
    const ssl_error e = failure(answer);
    EXPECT_EQ(e.code(), ssl_errc::protocol_error) << answer << ": " << e.what();
  }
  const ssl_error e = failure("HTTP/1.1 403 x\r\nX: " + std::string(40000, 'x') + "\r\n\r\n");
  EXPECT_EQ(e.code(), ssl_errc::protocol_error) << e.what();
  EXPECT_TRUE(mentions(e, "longer than 16 KiB")) << e.what();
}

TEST_P(tunnel, that_ends_in_the_answer_is_truncated) {
  const ssl_error e = failure("HTTP/1.1 403 x\r\n");
  EXPECT_EQ(e.code(), ssl_errc::truncated) << e.what();
}

TEST_P(tunnel, through_a_silent_proxy_is_timed_out) {
  const tcp_listener listener("127.0.0.1");
  const http_proxy proxy{"127.0.0.1", std::to_string(listener.port()), "", ""};
  const ssl_error e =
      failure_of([&] { connect(proxy, "example.org", 443, in(milliseconds(100))); });
  EXPECT_EQ(e.code(), ssl_errc::timed_out) << e.what();
}

std::string interim_answers(int count) {
  std::string answers;
  while (count-- > 0) answers += "HTTP/1.1 102 Processing\r\n\r\n";
  return answers;
}

TEST_P(tunnel, waits_for_as_many_interim_answers_as_a_proxy_may_need) {
  scripted_proxy proxy(by_tls(), interim_answers(10) + scripted_proxy::connected);
  EXPECT_NE(connect(proxy.address(), "localhost", 443, in(seconds(20))), nullptr);
}

TEST_P(tunnel, through_a_proxy_that_answers_on_and_on_is_given_up) {
  const ssl_error e = failure(interim_answers(11) + scripted_proxy::connected);
  EXPECT_EQ(e.code(), ssl_errc::protocol_error) << e.what();
  EXPECT_TRUE(mentions(e, "more than 10 interim answers")) << e.what();
}

// There is always something to read, so that no read has to wait.
TEST_P(tunnel, ends_in_time_where_the_proxy_never_stops_sending) {
  tcp_listener listener("127.0.0.1");
  const std::string flood = interim_answers(1000);
  task flooding([&] {
    const auto end = in(seconds(20));
    descriptor fd(listener.accept(end));
    if (by_tls()) {
      ssl_server_stream proxy(fd.release(), server_context());
      while (std::chrono::steady_clock::now() < end && proxy << flood) continue;
    } else {
      while (std::chrono::steady_clock::now() < end && write_raw(fd.get(), flood)) continue;
    }
  });
  const http_proxy proxy{"127.0.0.1", std::to_string(listener.port()), "", ""};
  const auto start = std::chrono::steady_clock::now();
  const ssl_error e = failure_of([&] { connect(proxy, "example.org", 443, in(seconds(1))); });
  EXPECT_LT(std::chrono::steady_clock::now() - start, seconds(4));
  EXPECT_TRUE(e.code() == ssl_errc::timed_out || e.code() == ssl_errc::protocol_error) << e.what();
}

TEST_P(tunnel, is_not_asked_for_with_what_would_be_another_request) {
  using namespace std::string_literals;
  const http_proxy nobody{"127.0.0.1", "1", "", ""};
  const auto wrong = [&](const http_proxy& proxy, const std::string& host) {
    const ssl_error e = failure_of([&] { connect(proxy, host, 443, in(seconds(1))); });
    EXPECT_EQ(e.code(), ssl_errc::bad_configuration) << e.what();
  };
  for (const std::string& host : {""s, "a b"s, "a\r\nX: y"s, "a\0b"s, "http://a"s}) {
    wrong(nobody, host);
  }
  wrong({"127.0.0.1", "1", "a:b", "c"}, "example.org");
  wrong({"127.0.0.1", "1", "a", "c\r\nX: y"}, "example.org");
  EXPECT_EQ(failure_of([&] { connect(nobody, "example.org", 70000, in(seconds(1))); }).code(),
            ssl_errc::bad_configuration);
  EXPECT_EQ(failure_of([&] { connect_tunnel(nobody, "example.org", "4 4"); }).code(),
            ssl_errc::bad_configuration);
}

TEST(tls_tunnel, that_fails_is_closed_by_its_deadline) {
  tcp_listener listener("127.0.0.1");
  event may_end;
  task serving([&] {
    ssl_server_stream proxy = listener.accept(server_context(), in(seconds(20)));
    proxy.get();
    may_end.wait();
  });
  context_options options = client_options();
  options.close_timeout = seconds(60);
  const http_proxy proxy{"127.0.0.1", std::to_string(listener.port()), "", ""};
  const auto start = std::chrono::steady_clock::now();
  const ssl_error e = failure_of([&] {
    connect_tunnel(proxy, ssl_context::client(options), "example.org", 443, in(seconds(1)));
  });
  EXPECT_LT(std::chrono::steady_clock::now() - start, seconds(8));
  EXPECT_EQ(e.code(), ssl_errc::timed_out) << e.what();
  may_end.happen();
}

// The deadline passes while the program is told of the handshake, whose last message is the proxy's in TLS 1.2:
// so the proxy can have answered by then.
TEST(tls_tunnel, is_not_had_by_an_answer_that_is_read_after_the_deadline) {
  tcp_listener listener("127.0.0.1");
  event answered;
  task serving([&] {
    ssl_server_stream proxy = listener.accept(server_context(), in(seconds(20)));
    proxy << scripted_proxy::connected << std::flush;
    answered.happen();
    while (proxy.get() != std::char_traits<char>::eof()) continue;
  });
  const auto deadline = in(seconds(1));
  context_options options = client_options(tls_version::tls1_2);
  options.on_handshake = [&](const handshake_event&) {
    EXPECT_TRUE(answered.wait());
    std::this_thread::sleep_until(deadline);
  };
  const http_proxy proxy{"127.0.0.1", std::to_string(listener.port()), "", ""};
  const ssl_error e = failure_of(
      [&] { connect_tunnel(proxy, ssl_context::client(options), "example.org", 443, deadline); });
  EXPECT_EQ(e.code(), ssl_errc::timed_out) << e.what();
}

TEST(tcp_tunnel, leaves_what_the_server_sends_first_to_the_stream) {
  tcp_listener listener("127.0.0.1");
  task serving([&] {
    const descriptor fd(listener.accept(in(seconds(20))));
    read_raw(fd.get(), 10);
    write_raw(fd.get(), std::string(scripted_proxy::connected) + "220 hello");
  });
  const http_proxy proxy{"127.0.0.1", std::to_string(listener.port()), "", ""};
  const descriptor fd(connect_tunnel(proxy, "localhost", 25, in(seconds(20))));
  EXPECT_EQ(read_raw(fd.get(), 9), "220 hello");
}

}  // namespace
}  // namespace iostls
