// SPDX-License-Identifier: Apache-2.0
// TLS over all sorts of transports.
#include <chrono>
#include <memory>
#include <sstream>
#include <string>
#include <tuple>

#include <gtest/gtest.h>

#include <iostls/ssl_duplex.hpp>
#include <iostls/ssl_error.hpp>
#include <iostls/ssl_stream.hpp>
#include <iostls/transport.hpp>

#include "fixture.hpp"
#include "task.hpp"
#include "terminal.hpp"
#include "transports.hpp"

namespace iostls {
namespace {

using namespace test;
using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

struct kind {
  const char* name;
  transport_pair (*make)(tls_version);
};

using parameter = std::tuple<kind, tls_version>;

std::string parameter_name(const testing::TestParamInfo<parameter>& info) {
  return std::get<0>(info.param).name + ("_" + to_string(std::get<1>(info.param)));
}

const auto versions = testing::Values(tls_version::tls1_2, tls_version::tls1_3);

// Two streams, one at each end. The handshake is not done yet.
class any_transport : public testing::TestWithParam<parameter> {
 protected:
  ~any_transport() override { drop(); }

  void SetUp() override {
    if (std::get<0>(GetParam()).make == over_terminal && !has_terminals()) {
      GTEST_SKIP() << no_terminals;
    }
    connect();
  }

  // Without waiting for each other's end.
  void drop() {
    for (auto* s : {&client_, &server_}) {
      if (*s) (*s)->cancel();
      s->reset();
    }
  }

  void connect(const connection_options& server_limits = {}) {
    drop();
    const tls_version v = std::get<1>(GetParam());
    pair_ = std::get<0>(GetParam()).make(v);
    client_ = std::make_unique<ssl_client_stream>(std::move(pair_.client),
                                                  ssl_context::client(client_options(v)));
    server_ = std::make_unique<ssl_server_stream>(
        std::move(pair_.server), ssl_context::server(server_options(v)), server_limits);
  }

  void handshake() {
    task client([&] { EXPECT_NO_THROW(client_->do_handshake()); });
    EXPECT_NO_THROW(server_->do_handshake());
  }

  // Leaves without a word of TLS.
  void break_off_client() {
    client_->cancel();
    client_.reset();
    pair_.break_off();
  }

  transport_pair pair_;
  std::unique_ptr<ssl_stream> client_, server_;
};

INSTANTIATE_TEST_SUITE_P(
    , any_transport,
    testing::Combine(testing::Values(kind{"streambufs", over_streambufs}, kind{"pipes", over_pipes},
                                     kind{"terminal", over_terminal}, kind{"moods", over_moods},
                                     kind{"tls", over_tls}),
                     versions),
    parameter_name);

void expect_clean_close(ssl_stream& s) {
  s.clear();
  s.close();
  EXPECT_TRUE(s) << (s.last_error() != nullptr ? s.last_error()->what() : "");
  EXPECT_FALSE(s.error()) << s.last_error()->what();
}

// Reads to the clean end, and answers each line.
void answer_lines(ssl_stream& s) {
  std::string line;
  while (getline(s, line)) s << "you said: " << line << '\n';
  EXPECT_TRUE(s.eof());
  EXPECT_FALSE(s.bad()) << s.last_error()->what();
}

void expect_answer(ssl_stream& s, const std::string& line) {
  std::string answer;
  s << line << '\n';
  EXPECT_TRUE(getline(s, answer)) << s.last_error()->what();
  EXPECT_EQ(answer, "you said: " + line);
}

TEST_P(any_transport, carries_a_dialogue_that_the_client_ends) {
  task server([&] {
    answer_lines(*server_);
    expect_clean_close(*server_);
  });
  for (const char* line : {"one", "two", ""}) expect_answer(*client_, line);
  expect_clean_close(*client_);
}

TEST_P(any_transport, carries_a_dialogue_that_the_server_ends) {
  task client([&] {
    *client_ << "hello" << std::endl;
    std::string line;
    EXPECT_TRUE(getline(*client_, line));
    EXPECT_EQ(line, "bye");
    EXPECT_FALSE(getline(*client_, line));
    EXPECT_TRUE(client_->eof());
    expect_clean_close(*client_);
  });
  std::string line;
  EXPECT_TRUE(getline(*server_, line));
  *server_ << "bye\n";
  expect_clean_close(*server_);
}

std::string long_text(std::size_t lines) {
  std::string text;
  for (std::size_t i = 0; i != lines; ++i) text += "line " + std::to_string(i * i) + "\n";
  return text;
}

std::string read_to_end(std::istream& in) {
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

TEST_P(any_transport, carries_much_one_way_and_then_the_other) {
  const std::string text = long_text(40000);
  task client([&] {
    *client_ << text;
    client_->shutdown_write();
    EXPECT_TRUE(read_to_end(*client_) == text);
    expect_clean_close(*client_);
  });
  std::string received(text.size(), '\0');
  EXPECT_TRUE(server_->read(&received[0], static_cast<std::streamsize>(text.size())));
  EXPECT_TRUE(received == text);
  *server_ << received;
  EXPECT_EQ(server_->get(), EOF);
  EXPECT_TRUE(server_->eof());
  expect_clean_close(*server_);
}

TEST_P(any_transport, carries_both_ways_at_once) {
  handshake();
  const std::string text = long_text(20000);
  const auto both_ways = [&](ssl_stream& s) {
    ssl_duplex d(s);
    task writer([&] {
      d.out() << text;
      s.shutdown_write();
    });
    EXPECT_TRUE(read_to_end(d.in()) == text);
  };
  task client([&] { both_ways(*client_); });
  both_ways(*server_);
  client.join();
  EXPECT_FALSE(client_->error()) << client_->last_error()->what();
  EXPECT_FALSE(server_->error()) << server_->last_error()->what();
}

TEST_P(any_transport, client_that_leaves_without_a_word_is_no_clean_end) {
  handshake();
  *client_ << "one\nhalf" << std::flush;
  std::string line;
  EXPECT_TRUE(getline(*server_, line));
  break_off_client();
  getline(*server_, line);
  EXPECT_EQ(line, "half");
  EXPECT_TRUE(server_->bad());
  EXPECT_EQ(server_->error(), ssl_errc::truncated) << server_->last_error()->what();
}

TEST_P(any_transport, client_that_leaves_during_the_handshake_is_an_error) {
  break_off_client();
  try {
    server_->do_handshake();
    FAIL() << "there was no peer for a handshake";
  } catch (const ssl_error& e) {
    EXPECT_EQ(e.code(), ssl_errc::handshake_failed) << e.what();
  }
}

// Those that can be waited for with a bound, and be woken.
class bounded_transport : public any_transport {};

INSTANTIATE_TEST_SUITE_P(, bounded_transport,
                         testing::Combine(testing::Values(kind{"pipes", over_pipes},
                                                          kind{"terminal", over_terminal},
                                                          kind{"moods", over_moods}),
                                          versions),
                         parameter_name);

TEST_P(bounded_transport, handshake_keeps_its_time_limit) {
  connection_options limits;
  limits.handshake_timeout = milliseconds(100);
  connect(limits);
  try {
    server_->do_handshake();
    FAIL() << "there was no peer for a handshake";
  } catch (const ssl_error& e) {
    EXPECT_EQ(e.code(), ssl_errc::timed_out) << e.what();
  }
}

TEST_P(bounded_transport, reading_goes_on_after_a_timeout) {
  connection_options limits;
  limits.read_timeout = milliseconds(50);
  connect(limits);
  handshake();
  EXPECT_EQ(server_->get(), EOF);
  EXPECT_EQ(server_->error(), ssl_errc::timed_out);
  server_->clear();
  *client_ << "late" << std::endl;
  std::string line;
  EXPECT_TRUE(getline(*server_, line));
  EXPECT_EQ(line, "late");
}

TEST_P(bounded_transport, cancel_ends_a_read) {
  handshake();
  task other([&] { server_->cancel(); });
  EXPECT_EQ(server_->get(), EOF);
  EXPECT_EQ(server_->error(), ssl_errc::canceled);
}

TEST_P(bounded_transport, closing_keeps_its_time_limit) {
  connection_options limits;
  limits.close_timeout = milliseconds(100);
  connect(limits);
  handshake();
  const auto begin = steady_clock::now();
  expect_clean_close(*server_);
  EXPECT_LT(steady_clock::now() - begin, seconds(20));
}

// A terminal is not among them: it does not report how much room it has.
class transport_with_limits : public any_transport {};

INSTANTIATE_TEST_SUITE_P(, transport_with_limits,
                         testing::Combine(testing::Values(kind{"pipes", over_pipes},
                                                          kind{"moods", over_moods}),
                                          versions),
                         parameter_name);

TEST_P(transport_with_limits, writing_keeps_its_time_limit) {
  connection_options limits;
  limits.write_timeout = milliseconds(50);
  connect(limits);
  handshake();
  EXPECT_FALSE(*server_ << std::string(1000000, 'x'));
  EXPECT_EQ(server_->error(), ssl_errc::timed_out);
}

TEST_P(transport_with_limits, cancel_ends_a_write) {
  handshake();
  task other([&] { server_->cancel(); });
  EXPECT_FALSE(*server_ << std::string(1000000, 'x') << std::flush);
  EXPECT_EQ(server_->error(), ssl_errc::canceled);
}

// A streambuf is waited for without a bound; what is promised is seen before and after.
class streambuf_transport : public any_transport {};

INSTANTIATE_TEST_SUITE_P(, streambuf_transport,
                         testing::Combine(testing::Values(kind{"streambufs", over_streambufs},
                                                          kind{"tls", over_tls}),
                                          versions),
                         parameter_name);

TEST_P(streambuf_transport, deadline_in_the_past_is_seen_before_waiting) {
  handshake();
  server_->expires_at(steady_clock::now());
  EXPECT_EQ(server_->get(), EOF);
  EXPECT_EQ(server_->error(), ssl_errc::timed_out);
  server_->clear();
  server_->expires_never();
  *client_ << "late" << std::endl;
  std::string line;
  EXPECT_TRUE(getline(*server_, line));
  EXPECT_EQ(line, "late");
}

TEST_P(streambuf_transport, cancel_is_seen_when_input_comes) {
  handshake();
  server_->cancel();
  EXPECT_EQ(server_->get(), EOF);
  EXPECT_EQ(server_->error(), ssl_errc::canceled);
}

TEST_P(streambuf_transport, input_that_has_arrived_is_there_without_waiting) {
  handshake();
  *client_ << "hello" << std::flush;
  EXPECT_EQ(server_->get(), 'h');
  EXPECT_EQ(server_->rdbuf()->in_avail(), 4);
}

}  // namespace
}  // namespace iostls
