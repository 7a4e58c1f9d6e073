// SPDX-License-Identifier: Apache-2.0
// Streams that dial: what connect() does with what was there, and how its failures are reported.
#include <chrono>
#include <string>

#include <gtest/gtest.h>
#include <iostls/iostls.hpp>

#include "blocked_operation.hpp"
#include "fixture.hpp"
#include "process.hpp"
#include "task.hpp"

namespace iostls {
namespace {

using namespace test;
using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

constexpr seconds too_long{5};

std::string refusing_port() { return std::to_string(listen_on_loopback().port); }

// Answers one line of each of so many clients with the same line.
class echo_server {
 public:
  explicit echo_server(int clients)
      : task_([this, clients] { serve(clients, ssl_context::server(server_options())); }) {}
  std::string port() const { return std::to_string(listener_.port()); }
  void join() { task_.join(); }

 private:
  // Its clients may stay: it does not wait for their end.
  void serve(int clients, const ssl_context& context) {
    connection_options own;
    own.close_timeout = milliseconds(0);
    for (int i = 0; i != clients; ++i) {
      ssl_server_stream s(listener_.accept(steady_clock::now() + seconds(20)), context, own);
      std::string line;
      if (std::getline(s, line)) s << line << std::endl;
    }
  }

  tcp_listener listener_{"127.0.0.1"};
  task task_;
};

void expect_echo(ssl_stream& s, const std::string& line) {
  std::string heard;
  s << line << '\n';
  EXPECT_TRUE(std::getline(s, heard)) << s.error().message();
  EXPECT_EQ(heard, line);
}

class opening : public testing::Test {
 protected:
  ssl_client_stream client_;
  const ssl_context context_ = ssl_context::client(client_options());
};

TEST_F(opening, an_open_stream_connects_anew_after_closing_in_order) {
  descriptor_pair pair = tcp_pair();
  tls_peer first(std::move(pair.a), server_peer());
  ssl_client_stream s(pair.b.release(), context_);
  echo_server second(1);
  std::string heard;
  task reading([&] {
    heard = first.read_to_end();
    first.close();
  });
  s << "unflushed";
  s.connect("localhost", second.port(), context_);
  EXPECT_TRUE(s.good()) << s.error().message();
  reading.join();
  EXPECT_EQ(heard, "unflushed");
  EXPECT_EQ(first.end(), peer_end::close_notify) << first.error();
  expect_echo(s, "second");
}

TEST_F(opening, a_stream_connects_again_and_again) {
  echo_server server(3);
  const std::size_t before = fd_count();
  for (const char* word : {"one", "two", "three"}) {
    client_.connect("localhost", server.port(), context_);
    EXPECT_TRUE(client_.good()) << client_.error().message();
    EXPECT_FALSE(client_.error());
    expect_echo(client_, word);
  }
  client_.close();
  EXPECT_TRUE(client_.good());
  server.join();
  EXPECT_EQ(fd_count(), before);
}

TEST_F(opening, a_connection_that_was_cut_is_replaced_after_clear) {
  descriptor_pair pair = tcp_pair();
  tls_peer first(std::move(pair.a), server_peer());
  ssl_client_stream s(pair.b.release(), context_);
  task shaking([&] { EXPECT_TRUE(first.handshake()) << first.error(); });
  s.do_handshake();
  shaking.join();
  first.close();
  s.get();
  EXPECT_TRUE(s.bad());
  echo_server second(1);
  s.clear();
  s.connect("localhost", second.port(), context_);
  EXPECT_TRUE(s.good()) << s.error().message();
  EXPECT_FALSE(s.error());
  expect_echo(s, "again");
}

TEST_F(opening, wrong_options_leave_the_connection_that_is_there) {
  descriptor_pair pair = tcp_pair();
  tls_peer first(std::move(pair.a), server_peer());
  ssl_client_stream s(pair.b.release(), context_);
  connection_options wrong;
  wrong.ciphers = "NO-SUCH-CIPHER";
  EXPECT_THROW(s.connect("localhost", "1", context_, wrong), ssl_error);
  EXPECT_TRUE(s.is_open() && s.good());
  task answering([&] { first.write(first.read_line() + "\n"); });
  expect_echo(s, "still there");
  first.half_close();
}

TEST_F(opening, what_expiry_and_exceptions_were_set_to_stays) {
  echo_server server(1);
  const auto when = steady_clock::now() + seconds(20);
  client_.expires_at(when);
  client_.exceptions(std::ios::badbit);
  client_.connect("localhost", server.port(), context_);
  EXPECT_EQ(client_.expiry(), when);
  EXPECT_EQ(client_.exceptions(), std::ios::badbit);
  client_.close();
}

TEST_F(opening, cancel_while_the_old_connection_is_closed_ends_connect) {
  const tcp_listener silent("127.0.0.1");
  descriptor_pair pair = tcp_pair();
  context_options patient = client_options();
  patient.close_timeout = seconds(20);
  ssl_client_stream s(pair.b.release(), patient);
  blocked_operation connecting(
      [&] { s.connect("127.0.0.1", std::to_string(silent.port()), context_); });
  EXPECT_TRUE(connecting.is_blocked());
  s.cancel();
  EXPECT_TRUE(connecting.ended_within(too_long));
  connecting.join();
  EXPECT_TRUE(s.fail());
  EXPECT_EQ(s.error(), ssl_errc::canceled) << s.error().message();
  EXPECT_FALSE(s.is_open());
}

class failed_opening : public opening {
 protected:
  void SetUp() override {
    port_ = refusing_port();
    client_.connect("localhost", port_, context_);
    EXPECT_TRUE(client_.fail());
    EXPECT_FALSE(client_.is_open());
    expect_refusal();
  }
  void expect_refusal() {
    EXPECT_EQ(client_.error(), std::errc::connection_refused) << client_.error().message();
    ASSERT_NE(client_.last_error(), nullptr);
    expect_refusal(*client_.last_error());
  }
  void expect_refusal(const ssl_error& e) {
    EXPECT_EQ(e.code(), std::errc::connection_refused) << e.what();
    EXPECT_EQ(e.operation(), "connect");
    EXPECT_NE(std::string(e.what()).find("localhost:" + port_), std::string::npos) << e.what();
  }
  template <class Operation>
  void expect_refusal_of(Operation operation) {
    client_.clear();
    try {
      operation();
      ADD_FAILURE() << "nothing was thrown";
    } catch (const ssl_error& e) {
      expect_refusal(e);
    }
    EXPECT_TRUE(client_.fail());
    expect_refusal();
  }

  std::string port_;
};

TEST_F(failed_opening, is_what_all_members_report_afterwards) {
  expect_refusal_of([&] { client_.do_handshake(); });
  expect_refusal_of([&] { client_.info(); });
  expect_refusal_of([&] { client_.peer_certificate(); });
  expect_refusal_of([&] { client_.session(); });
  client_.clear();
  client_.exceptions(std::ios::failbit | std::ios::badbit);
  expect_refusal_of([&] { client_.close(); });
  expect_refusal_of([&] { client_.shutdown_write(); });
  expect_refusal_of([&] { client_.get(); });
  expect_refusal_of([&] { client_ << 1 << std::flush; });
}

TEST_F(failed_opening, is_what_the_buffer_throws) {
  try {
    client_.rdbuf()->sgetc();
    ADD_FAILURE() << "nothing was thrown";
  } catch (const ssl_error& e) {
    expect_refusal(e);
  }
}

TEST_F(failed_opening, is_what_close_and_output_report_without_exceptions) {
  client_.clear();
  client_.close();
  EXPECT_TRUE(client_.fail());
  client_.clear();
  client_ << "x" << std::flush;
  EXPECT_TRUE(client_.bad());
  expect_refusal();
}

TEST_F(failed_opening, of_a_stream_that_was_open_takes_the_place_of_what_was_before) {
  descriptor_pair pair = tcp_pair();
  client_ = ssl_client_stream(pair.b.release(), context_);
  pair.a.reset();
  client_.get();
  EXPECT_FALSE(client_.error() == std::errc::connection_refused);
  client_.connect("localhost", port_, context_);
  EXPECT_TRUE(client_.fail());
  client_.close();
  expect_refusal();
}

TEST_F(failed_opening, is_over_with_the_next_success) {
  echo_server server(1);
  client_.connect("localhost", server.port(), context_);
  EXPECT_TRUE(client_.good());
  EXPECT_FALSE(client_.error());
  expect_echo(client_, "hello");
}

TEST_F(opening, failure_throws_the_error_itself_if_failbit_is_asked_for) {
  client_.exceptions(std::ios::failbit);
  EXPECT_THROW(client_.connect("localhost", refusing_port(), context_), ssl_error);
  EXPECT_TRUE(client_.fail());
}

TEST_F(opening, failure_throws_nothing_if_badbit_alone_is_asked_for) {
  client_.exceptions(std::ios::badbit);
  client_.connect("localhost", refusing_port(), context_);
  EXPECT_TRUE(client_.fail());
  EXPECT_FALSE(client_.bad());
}

TEST_F(opening, close_throws_the_error_itself_if_failbit_is_asked_for) {
  descriptor_pair pair = tcp_pair();
  ssl_client_stream s(pair.b.release(), context_);
  pair.a.reset();
  s << "lost";
  s.exceptions(std::ios::failbit);
  EXPECT_THROW(s.close(), ssl_error);
  EXPECT_FALSE(s.is_open());
}

// Programs look at the stream once, after they have opened it.
TEST_F(opening, of_a_server_that_is_not_trusted_fails_at_once) {
  echo_server server(1);
  ssl_client_stream s("localhost", server.port());
  EXPECT_TRUE(s.fail());
  EXPECT_FALSE(s.is_open());
  EXPECT_EQ(s.error(), ssl_errc::certificate_rejected) << s.error().message();
  ASSERT_NE(s.last_error(), nullptr);
  EXPECT_NE(s.last_error()->verify_result(), 0);
  s.close();
  EXPECT_EQ(s.error(), ssl_errc::certificate_rejected);
}

TEST_F(opening, of_a_server_that_is_not_trusted_throws_if_failbit_is_asked_for) {
  echo_server server(1);
  client_.exceptions(std::ios::failbit);
  try {
    client_.connect("localhost", server.port());
    ADD_FAILURE() << "it has connected";
  } catch (const ssl_error& e) {
    EXPECT_EQ(e.code(), ssl_errc::certificate_rejected) << e.what();
  }
}

TEST_F(opening, of_what_speaks_no_tls_fails_at_once) {
  tcp_listener listener("127.0.0.1");
  task serving([&] {
    const descriptor fd(listener.accept());
    write_raw(fd.get(), "220 smtp.example.org\r\n");
    read_raw(fd.get());
  });
  client_.connect("localhost", std::to_string(listener.port()), context_);
  EXPECT_TRUE(client_.fail());
  EXPECT_TRUE(client_.error());
}

TEST_F(opening, takes_no_longer_than_the_handshake_may) {
  const tcp_listener silent("127.0.0.1");
  context_options options = client_options();
  options.handshake_timeout = milliseconds(100);
  options.close_timeout = seconds(20);
  const auto start = steady_clock::now();
  client_.connect("127.0.0.1", std::to_string(silent.port()), options);
  EXPECT_TRUE(client_.fail());
  EXPECT_EQ(client_.error(), ssl_errc::timed_out) << client_.error().message();
  EXPECT_GE(steady_clock::now() - start, milliseconds(90));
  EXPECT_LT(steady_clock::now() - start, too_long);
}

TEST_F(opening, takes_no_longer_than_expiry_says) {
  const tcp_listener silent("127.0.0.1");
  client_.expires_after(milliseconds(100));
  const auto start = steady_clock::now();
  client_.connect("127.0.0.1", std::to_string(silent.port()), context_);
  EXPECT_EQ(client_.error(), ssl_errc::timed_out) << client_.error().message();
  EXPECT_LT(steady_clock::now() - start, too_long);
}

TEST_F(opening, is_canceled_in_the_middle_of_the_handshake) {
  const tcp_listener silent("127.0.0.1");
  blocked_operation connecting(
      [&] { client_.connect("127.0.0.1", std::to_string(silent.port()), context_); });
  EXPECT_TRUE(wait_readable(silent.fd()));
  EXPECT_TRUE(connecting.is_blocked());
  client_.cancel();
  EXPECT_TRUE(connecting.ended_within(too_long));
  connecting.join();
  EXPECT_TRUE(client_.fail());
  EXPECT_EQ(client_.error(), ssl_errc::canceled) << client_.error().message();
}

TEST_F(opening, a_stream_that_was_canceled_connects_again) {
  echo_server server(1);
  client_.connect("localhost", refusing_port(), context_);
  client_.cancel();
  client_.connect("localhost", server.port(), context_);
  EXPECT_TRUE(client_.good()) << client_.error().message();
  expect_echo(client_, "hello");
}

TEST_F(opening, leaves_no_descriptor_where_the_handshake_fails) {
  const std::size_t before = fd_count();
  {
    echo_server server(20);
    for (int i = 0; i != 20; ++i) {
      client_.connect("localhost", server.port());
      EXPECT_EQ(client_.error(), ssl_errc::certificate_rejected) << client_.error().message();
    }
  }
  EXPECT_EQ(fd_count(), before);
}

// A stream without the handshake has said nothing yet, and the client is not known to the server.
TEST_F(opening, without_the_handshake_if_an_option_says_so) {
  const tcp_listener silent("127.0.0.1");
  for (const bool in_context : {true, false}) {
    context_options options = client_options();
    options.close_timeout = milliseconds(0);
    connection_options own;
    (in_context ? options : own).handshake_on_connect = false;
    ssl_client_stream s("127.0.0.1", std::to_string(silent.port()), ssl_context::client(options),
                        own);
    EXPECT_TRUE(s.good()) << s.error().message();
    EXPECT_TRUE(s.is_open());
  }
}

TEST_F(opening, with_the_handshake_if_an_option_wins_over_the_context) {
  echo_server server(1);
  context_options lazy = client_options();
  lazy.handshake_on_connect = false;
  connection_options own;
  own.handshake_on_connect = true;
  lazy.system_trust = true;
  lazy.ca_certificates = pem_text();
  client_.connect("localhost", server.port(), ssl_context::client(lazy), own);
  EXPECT_EQ(client_.error(), ssl_errc::certificate_rejected) << client_.error().message();
}

// A function of the options may throw what it likes; with exceptions() 0, nothing comes out.
TEST_F(opening, is_failbit_where_a_function_of_the_options_throws) {
  echo_server server(1);
  context_options options = client_options();
  options.verify_callback = [](const verify_event&) -> bool { throw 42; };
  EXPECT_NO_THROW(client_.connect("localhost", server.port(), options));
  EXPECT_TRUE(client_.fail());
  EXPECT_EQ(client_.error(), ssl_errc::handshake_failed) << client_.error().message();
}

}  // namespace
}  // namespace iostls
