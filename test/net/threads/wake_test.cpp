// SPDX-License-Identifier: Apache-2.0
// A stream that waits for input is woken, and nothing is lost by that.
#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <sstream>
#include <string>
#include <thread>

#include <gtest/gtest.h>
#include <iostls/iostls.hpp>

#include "blocked_operation.hpp"
#include "dialogue.hpp"
#include "memory_transport.hpp"
#include "process.hpp"
#include "socket_calls.hpp"
#include "task.hpp"

namespace iostls {
namespace {

using namespace test;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr int end_of_file = std::char_traits<char>::eof();

void close_at_once(context_options& o) { o.close_timeout = milliseconds(0); }

// A client and a server with a connection between them, over one kind of transport.
class conversation {
 public:
  enum class kind { tcp, local_socket, memory, inner };

  explicit conversation(kind k) {
    if (k == kind::tcp) over(tcp_pair());
    if (k == kind::local_socket) over(socket_pair());
    if (k == kind::memory) {
      memory_pair pair = memory_pipe();
      make(std::move(pair.a), std::move(pair.b));
    }
    if (k == kind::inner) {
      outer_ = std::make_unique<conversation>(kind::tcp);
      outer_->handshake();
      make(std::make_unique<streambuf_transport>(*outer_->server->rdbuf()),
           std::make_unique<streambuf_transport>(*outer_->client->rdbuf()));
    }
  }

  void handshake() {
    task serving([this] { server->do_handshake(); });
    client->do_handshake();
  }

  // Until what the client has sent is at the server, unread.
  void await_arrival() {
    const int fd = outer_ ? outer_->server->rdbuf()->fd() : server->rdbuf()->fd();
    if (fd >= 0) {
      EXPECT_TRUE(wait_readable(fd));
    }
  }

  // Goes last: the two below may have it as their transport.
 private:
  std::unique_ptr<conversation> outer_;

 public:
  std::unique_ptr<ssl_stream> server, client;

 private:
  void over(descriptor_pair pair) {
    server = make_stream(role::server, std::move(pair.a), options(server_options()));
    client = make_stream(role::client, std::move(pair.b), options(client_options()));
  }
  void make(std::unique_ptr<transport> a, std::unique_ptr<transport> b) {
    server = make_stream(role::server, std::move(a), options(server_options()));
    client = make_stream(role::client, std::move(b), options(client_options()));
  }
  static context_options options(context_options o) {
    close_at_once(o);
    return o;
  }
};

using kind = conversation::kind;

// Waits in another thread, is woken, and has to come back.
template <class Operation>
void wake_out_of(ssl_stream& stream, Operation operation) {
  blocked_operation waiting(operation);
  EXPECT_TRUE(waiting.is_blocked());
  stream.wake();
  EXPECT_TRUE(waiting.ended_within(seconds(10)));
  waiting.join();
}

void expect_woken(ssl_stream& stream) {
  EXPECT_TRUE(stream.bad());
  EXPECT_FALSE(stream.eof());
  EXPECT_EQ(stream.error(), ssl_errc::woken) << stream.error().message();
  stream.clear();
}

void expect_usable(ssl_stream& woken, ssl_stream& peer) {
  task answering([&] {
    std::string line;
    EXPECT_TRUE(std::getline(peer, line)) << peer.error().message();
    peer << "you said: " << line << std::endl;
  });
  std::string line;
  EXPECT_TRUE(woken << "still here" << std::endl);
  EXPECT_TRUE(std::getline(woken, line)) << woken.error().message();
  EXPECT_EQ(line, "you said: still here");
  EXPECT_FALSE(woken.error()) << woken.error().message();
}

class wake : public testing::TestWithParam<kind> {
 protected:
  void SetUp() override { c_.handshake(); }
  conversation c_{GetParam()};
};

INSTANTIATE_TEST_SUITE_P(, wake,
                         testing::Values(kind::tcp, kind::local_socket, kind::memory, kind::inner));

TEST_P(wake, ends_a_read_again_and_again_and_breaks_nothing) {
  for (int i = 0; i != 3; ++i) {
    wake_out_of(*c_.server, [this] { EXPECT_EQ(c_.server->get(), end_of_file); });
    expect_woken(*c_.server);
  }
  expect_usable(*c_.server, *c_.client);
}

TEST_P(wake, ends_a_read_that_has_a_time_limit) {
  c_.server->read_timeout(seconds(60));
  wake_out_of(*c_.server, [this] { EXPECT_EQ(c_.server->get(), end_of_file); });
  expect_woken(*c_.server);
  expect_usable(*c_.server, *c_.client);
}

TEST_P(wake, ends_the_next_wait_once_if_nobody_waits) {
  c_.server->wake();
  c_.server->wake();
  EXPECT_EQ(c_.server->get(), end_of_file);
  expect_woken(*c_.server);
  wake_out_of(*c_.server, [this] { EXPECT_EQ(c_.server->get(), end_of_file); });
  expect_woken(*c_.server);
  expect_usable(*c_.server, *c_.client);
}

// Of a stream in another one, the outer one's time limits hold.
class wake_beside_output : public wake {};

INSTANTIATE_TEST_SUITE_P(, wake_beside_output,
                         testing::Values(kind::tcp, kind::local_socket, kind::memory));

// The peer takes no more: a read that has to send that first must be woken all the same.
TEST_P(wake_beside_output, ends_a_read) {
  c_.server->write_timeout(std::chrono::milliseconds(1));
  while (*c_.server << std::string(4000, 'x') << std::flush) continue;
  EXPECT_EQ(c_.server->error(), ssl_errc::timed_out) << c_.server->error().message();
  c_.server->clear();
  c_.server->write_timeout(std::chrono::milliseconds(0));
  wake_out_of(*c_.server, [this] { EXPECT_EQ(c_.server->get(), end_of_file); });
  expect_woken(*c_.server);
}

TEST_P(wake, lets_what_is_there_be_read_first) {
  *c_.client << "there" << std::flush;
  EXPECT_TRUE(c_.server->wait_readable(seconds(10)));
  *c_.client << " already" << std::flush;
  c_.await_arrival();
  c_.server->wake();
  std::string got(13, '\0');
  EXPECT_TRUE(c_.server->read(&got[0], 13)) << c_.server->error().message();
  EXPECT_EQ(got, "there already");
  EXPECT_EQ(c_.server->get(), end_of_file);
  expect_woken(*c_.server);
}

TEST_P(wake, keeps_the_part_of_a_block_that_has_come) {
  *c_.client << "half" << std::flush;
  std::string got(8, '\0');
  wake_out_of(*c_.server, [&] { EXPECT_FALSE(c_.server->read(&got[0], 8)); });
  expect_woken(*c_.server);
  *c_.client << "done" << std::flush;
  EXPECT_TRUE(c_.server->read(&got[0], 8)) << c_.server->error().message();
  EXPECT_EQ(got, "halfdone");
}

TEST_P(wake, ends_wait_readable_and_is_reported_by_the_next_read) {
  wake_out_of(*c_.server, [this] { EXPECT_TRUE(c_.server->wait_readable(seconds(60))); });
  EXPECT_TRUE(c_.server->good());
  EXPECT_EQ(c_.server->get(), end_of_file);
  expect_woken(*c_.server);
  expect_usable(*c_.server, *c_.client);
}

TEST_P(wake, does_not_disturb_closing) {
  c_.server->wake();
  task closing([this] { c_.client->close(); });
  c_.server->close();
  EXPECT_TRUE(c_.server->good()) << c_.server->error().message();
}

TEST_P(wake, is_thrown_where_exceptions_are_set) {
  c_.server->exceptions(std::ios::badbit);
  c_.server->wake();
  try {
    c_.server->get();
    ADD_FAILURE() << "nothing was thrown";
  } catch (const ssl_error& e) {
    EXPECT_EQ(e.code(), ssl_errc::woken);
    EXPECT_EQ(e.operation(), "read");
  }
  c_.server->exceptions(std::ios::goodbit);
  c_.server->clear();
  expect_usable(*c_.server, *c_.client);
}

class wake_in_handshake : public testing::TestWithParam<kind> {};

INSTANTIATE_TEST_SUITE_P(, wake_in_handshake,
                         testing::Values(kind::tcp, kind::local_socket, kind::memory, kind::inner));

TEST_P(wake_in_handshake, leaves_a_handshake_that_goes_on) {
  conversation c(GetParam());
  for (int i = 0; i != 2; ++i) {
    wake_out_of(*c.server, [&] {
      EXPECT_THROW(c.server->do_handshake(), ssl_error);
      EXPECT_EQ(c.server->error(), ssl_errc::woken) << c.server->error().message();
    });
    c.server->clear();
  }
  c.handshake();
  expect_usable(*c.server, *c.client);
}

// Ways of output that does not fit into the put area: it cannot be repeated, so it is not ended.
struct large_output {
  const char* name;
  std::size_t size;
  std::function<void(ssl_stream&, const std::string&)> write;
};

void PrintTo(const large_output& o, std::ostream* out) { *out << o.name; }

const large_output ways_of_large_output[] = {
    {"write", 100000,
     [](ssl_stream& s, const std::string& text) {
       s.write(text.data(), static_cast<std::streamsize>(text.size()));
     }},
    {"from_a_buffer", 100000,
     [](ssl_stream& s, const std::string& text) {
       std::stringbuf file(text);
       s << &file;
     }},
    {"small_pieces", 40000,
     [](ssl_stream& s, const std::string& text) {
       for (std::size_t at = 0; at != text.size(); at += 10) s << text.substr(at, 10);
     }},
    {"characters", 40000,
     [](ssl_stream& s, const std::string& text) {
       for (const char c : text) s.put(c);
     }},
    {"unbuffered", 5, [](ssl_stream& s, const std::string& text) {
       s.rdbuf()->pubsetbuf(nullptr, 0);
       s << text;
     }}};

class wake_of_large_output : public testing::TestWithParam<large_output> {
 protected:
  void write() {
    GetParam().write(*c_.server, text_);
    EXPECT_TRUE(*c_.server << std::flush) << c_.server->error().message();
  }
  // What was written arrives whole, and the wake ends the next read.
  void expect_all(blocked_operation& writing) {
    std::string got(text_.size(), ' ');
    EXPECT_TRUE(c_.client->read(&got[0], static_cast<std::streamsize>(got.size())))
        << c_.client->error().message();
    EXPECT_EQ(got, text_);
    EXPECT_TRUE(writing.ended_within(seconds(10)));
    writing.join();
    EXPECT_EQ(c_.server->get(), end_of_file);
    expect_woken(*c_.server);
    expect_usable(*c_.server, *c_.client);
  }

  conversation c_{kind::tcp};
  const std::string text_ = numbered_text(GetParam().size);
};

INSTANTIATE_TEST_SUITE_P(, wake_of_large_output, testing::ValuesIn(ways_of_large_output),
                         [](const auto& info) { return info.param.name; });

TEST_P(wake_of_large_output, lets_it_wait_for_the_handshake) {
  blocked_operation writing([&] { write(); });
  EXPECT_TRUE(writing.is_blocked());
  c_.server->wake();
  EXPECT_TRUE(writing.is_blocked());
  expect_all(writing);
}

TEST_P(wake_of_large_output, that_came_before_it_lets_it_wait_for_the_handshake) {
  c_.server->wake();
  blocked_operation writing([&] { write(); });
  EXPECT_TRUE(writing.is_blocked());
  expect_all(writing);
}

TEST(wake_of_two_threads, ends_the_reading_half_beside_large_output_in_the_handshake) {
  conversation c(kind::tcp);
  ssl_duplex views(*c.server);
  const std::string text = numbered_text(100000);
  blocked_operation writing([&] { EXPECT_TRUE(views.out() << text << std::flush); });
  EXPECT_TRUE(writing.is_blocked());
  blocked_operation reading([&] { EXPECT_EQ(views.in().get(), end_of_file); });
  EXPECT_TRUE(reading.is_blocked());
  c.server->wake();
  EXPECT_TRUE(reading.ended_within(seconds(10)));
  std::string got(text.size(), ' ');
  EXPECT_TRUE(c.client->read(&got[0], static_cast<std::streamsize>(got.size())));
  EXPECT_EQ(got, text);
  EXPECT_TRUE(writing.ended_within(seconds(10)));
}

TEST(wake_of_two_threads, ends_both_halves_that_wait_for_the_handshake) {
  conversation c(kind::tcp);
  ssl_duplex views(*c.server);
  blocked_operation reading([&] { EXPECT_EQ(views.in().get(), end_of_file); });
  EXPECT_TRUE(reading.is_blocked());
  blocked_operation writing([&] { EXPECT_FALSE(views.out() << "hello" << std::flush); });
  EXPECT_TRUE(writing.is_blocked());
  c.server->wake();
  EXPECT_TRUE(reading.ended_within(seconds(10)));
  EXPECT_TRUE(writing.ended_within(seconds(10)));
  EXPECT_EQ(c.server->error(), ssl_errc::woken) << c.server->error().message();
}

TEST(wake_of_two_threads, ends_the_reading_half_and_leaves_the_writing_half) {
  conversation c(kind::tcp);
  c.handshake();
  {
    ssl_duplex views(*c.server);
    wake_out_of(*c.server, [&] { EXPECT_EQ(views.in().get(), end_of_file); });
    EXPECT_TRUE(views.in().bad());
    EXPECT_TRUE(views.out() << "said\n" << std::flush);
    views.in().clear();
  }
  std::string line;
  EXPECT_TRUE(std::getline(*c.client, line));
  EXPECT_EQ(line, "said");
}

TEST(wake_of_many, reaches_each_of_two_hundred_readers_whenever_it_comes) {
  conversation c(kind::tcp);
  c.handshake();
  std::atomic<int> woken{0};
  task reading([&] {
    for (int i = 0; i != 200; ++i) {
      EXPECT_EQ(c.server->get(), end_of_file);
      EXPECT_EQ(c.server->error(), ssl_errc::woken);
      c.server->clear();
      ++woken;
    }
  });
  for (int i = 0; i != 200; ++i) {
    c.server->wake();
    while (woken <= i) std::this_thread::yield();
  }
}

// A transport that knows nothing of wake().
class unwakeable final : public socket_transport {
 public:
  using socket_transport::socket_transport;
  void wake() noexcept override {}
};

TEST(wake_of_a_transport_that_cannot_be_woken, is_reported_before_it_waits) {
  descriptor_pair pair = tcp_pair();
  const auto client = make_stream(role::client, std::move(pair.b), client_options());
  auto transport = std::make_unique<unwakeable>(pair.a.release());
  const auto server = make_stream(role::server, std::move(transport), server_options());
  task handshaking([&] { client->do_handshake(); });
  server->do_handshake();
  handshaking.join();
  server->wake();
  EXPECT_EQ(server->get(), end_of_file);
  expect_woken(*server);
  client->cancel();
}

TEST(wake_without_a_connection, does_nothing) {
  ssl_server_stream s;
  s.wake();
  EXPECT_FALSE(s.error());
  ssl_streambuf b;
  b.wake();
}

TEST(wake_without_descriptors, is_noticed_all_the_same) {
  conversation c(kind::tcp);
  c.handshake();
  without_descriptors(
      [&] { wake_out_of(*c.server, [&] { EXPECT_EQ(c.server->get(), end_of_file); }); });
  expect_woken(*c.server);
  expect_usable(*c.server, *c.client);
}

}  // namespace
}  // namespace iostls
